"""What may be asked: GraphQL types, ways in and mutations by domain, and who may see what.

Declares with the words of `gateway.declaration`; holds no resolver and no SQL. The printed schema
(`schema.graphql`) is committed beside it and compared in the checks.
"""

"""REST over the graph: committed operations, each at a method and a path, answered by the gateway itself.

Owns how an operation's file becomes an endpoint, how HTTP becomes its variables, which status fits an answer, and
the OpenAPI document. Owns no access, no limit and no receipt: what is asked here is asked of `Gateway.answer` like
everything else. Which endpoints there are stands in the `.graphql` files that it is given.
"""

"""Banking: what a customer, an account, a holding and a transaction are, and what may happen to them.

Owns the models, the rules and the writes. Knows no GraphQL, no HTTP and no viewer's screen.
"""

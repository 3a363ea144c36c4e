"""Who may come in: users, their roles, and API keys.

Owns principals and credentials. Does not know which customer a user is (that is `customers`), nor how tokens
are made (that is the gateway).
"""

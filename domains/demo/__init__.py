"""A book of invented people to try the product with: customers, accounts, holdings, transactions, logins.

Owns how the book is made up and how it is loaded; the same seed makes the same book. Knows no rule of its own:
what it makes is held to the domains' parsers, constraints and ledger. Never used outside the demo environment.
"""

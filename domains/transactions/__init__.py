"""Transactions: money and orders on their way, every state they went through, every attempt that was made.

Owns the state of a transaction. Does not own units (`portfolios`) nor the providers that it is sent to.
"""

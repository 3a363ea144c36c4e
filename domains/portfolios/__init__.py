"""Securities, portfolios, holdings, and the ledger of units by which alone holdings change.

Owns quantities. Does not own money or orders: those are transactions.
"""

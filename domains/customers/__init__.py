"""Customers: who they are, the mobile number that finds them now, and the numbers that did before.

Owns the person's record and its contact data. Does not own verification (`kyc`), accounts or money.
"""

"""Know your customer: the identity numbers of a customer, sealed, and the state of their verification.

Owns the profile. Does not own the person's name or number: those are the customer's.
"""

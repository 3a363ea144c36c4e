"""The same models exposed by strawberry-django as its documentation shows, with the optimizer extension on.

Owns the peer's settings, address and schema. It has no access control, no audit and no decryption: PAN and
address are the masked columns.
"""

"""The audit trail: who read, changed, tried or was refused what, in tables that only grow.

Owns the rows and how they are recorded and partitioned. Does not decide what may be read.
"""

"""A user's story end to end, on the real gateway; not what one module does, which lies beside its mirror."""

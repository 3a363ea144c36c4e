"""External systems: what they can do, where they are, and how long they are waited for.

Owns their registry and the operational configuration. Does not own what is asked of them: that belongs to the
domain that asks.
"""

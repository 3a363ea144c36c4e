"""Ours and the peers, side by side: the same data, the same leaves, one command, one run (`make bench`).

Owns the contestants, the load, the comparison of their answers before anything is timed, and the table. Owns no
behaviour of the product: ours is started as shipped, and nothing here is imported by it.
"""

"""The Merkle tree over the trail, after RFC 9162 (Certificate Transparency 2.0), section 2.1; arithmetic alone.

Hashes are SHA-256, 32 bytes. A leaf's hash begins with a zero byte and a node's with a one, so that neither can
stand for the other. `Subtree` gives the hash of the leaves `[start, end)`, wherever they are kept.
"""

import hashlib
from collections.abc import Callable, Sequence

Subtree = Callable[[int, int], bytes]
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """Return the largest power of two that is smaller than `size`, which is 2 or more."""
    return 1 << (size - 1).bit_length() - 1


def perfect(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of neighbours."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def inclusion(number: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the path that proves leaf `number` to be in the tree of `size` leaves (section 2.1.3.1)."""
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if number < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Return what proves that the tree of `new` leaves begins with that of `old` (section 2.1.4.1)."""
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    return path[::-1]


class Growing:
    """A tree to which leaves are added one by one: keeps the roots of its perfect subtrees alone."""

    def __init__(self, size: int = 0, subtree: Subtree | None = None) -> None:
        self.size = 0
        self.perfect: list[tuple[int, bytes]] = []  # (leaves, root), largest first
        for bit in reversed(range(size.bit_length())):
            if size >> bit & 1:
                assert subtree is not None
                self.perfect.append((1 << bit, subtree(self.size, self.size + (1 << bit))))
                self.size += 1 << bit

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        leaves, root = 1, leaf
        while self.perfect and self.perfect[-1][0] == leaves:
            root = node_hash(self.perfect.pop()[1], root)
            leaves *= 2
        self.perfect.append((leaves, root))
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves."""
        if not self.perfect:
            return EMPTY
        root = self.perfect[-1][1]
        for _, left in reversed(self.perfect[:-1]):
            root = node_hash(left, root)
        return root

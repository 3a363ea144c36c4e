"""Where the tree is kept: a hash for each leaf, and one for each full block of 256, 65,536, … leaves.

So any subtree's hash is found by reading a few hundred hashes at most, however large the tree.
"""

from collections.abc import Sequence
from functools import lru_cache

from django.db import connection

from domains.audit import tree
from domains.audit.entries import FORM, Entry
from domains.audit.models import Block, Leaf

BLOCK_BITS = 8  # 256 of one level make one of the next


def subtree(start: int, end: int) -> bytes:
    """Return the hash over the leaves `[start, end)`: a perfect, aligned subtree, or the end of a tree."""
    size = end - start
    if size & (size - 1):
        middle = start + tree.split(size)
        return tree.node_hash(subtree(start, middle), subtree(middle, end))
    level = (size.bit_length() - 1) // BLOCK_BITS
    shift = level * BLOCK_BITS
    found = hashes(level, start >> shift, end >> shift)
    if len(found) != size >> shift:
        raise BrokenTree(f"Hashes of the leaves {start} to {end - 1} are missing.")
    return tree.perfect(found)


def remembering() -> tree.Subtree:
    """Return `subtree` with a memory, for many proofs under one head: each block is read once."""
    block = lru_cache(maxsize=64)(lambda index: hashes(0, index << BLOCK_BITS, index + 1 << BLOCK_BITS))

    @lru_cache(maxsize=100_000)
    def found(start: int, end: int) -> bytes:
        size = end - start
        if size & (size - 1):
            middle = start + tree.split(size)
            return tree.node_hash(found(start, middle), found(middle, end))
        if size >= 1 << BLOCK_BITS:
            return subtree(start, end)
        first = start >> BLOCK_BITS << BLOCK_BITS
        inside = block(start >> BLOCK_BITS)[start - first : end - first]
        if len(inside) != size:
            raise BrokenTree(f"Hashes of the leaves {start} to {end - 1} are missing.")
        return tree.perfect(inside)

    return found


class BrokenTree(Exception):
    """Hashes of the tree are missing: the tables were altered outside the program."""


def hashes(level: int, start: int, end: int) -> list[bytes]:
    """Return stored hashes `[start, end)` of one level, in order; level 0 are the leaves."""
    if level == 0:
        leaves = Leaf.objects.filter(number__gte=start, number__lt=end).order_by("number")
        return [bytes(found) for found in leaves.values_list("hash", flat=True)]
    blocks = Block.objects.filter(level=level, index__gte=start, index__lt=end).order_by("index")
    return [bytes(found) for found in blocks.values_list("hash", flat=True)]


def append(entries: Sequence[Entry], *, start: int) -> int:
    """Store the leaves of entries, the first of them as number `start`, and the blocks that they fill.

    Returns the size of the tree after it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_leaf (number, entry_id, recorded_at, hash, form) "
            "SELECT %s - 1 + place, entry_id, recorded_at, decode(hash, 'hex'), %s "
            "FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[]) "
            "WITH ORDINALITY AS given (entry_id, recorded_at, hash, place)",
            [
                start,
                FORM,
                [str(entry.id) for entry in entries],
                [entry.recorded_at for entry in entries],
                [tree.leaf_hash(entry.content).hex() for entry in entries],
            ],
        )
    size = start + len(entries)
    _fill_blocks(start, size)
    return size


def _fill_blocks(before: int, after: int) -> None:
    """Store every block that is full now and was not before, level by level."""
    level, shift = 1, BLOCK_BITS
    while after >> shift:
        filled = []
        for index in range(before >> shift, after >> shift):
            below = hashes(level - 1, index << BLOCK_BITS, index + 1 << BLOCK_BITS)
            filled.append(Block(level=level, index=index, hash=tree.perfect(below)))
        Block.objects.bulk_create(filled)
        level, shift = level + 1, shift + BLOCK_BITS

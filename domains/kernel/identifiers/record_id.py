"""Primary keys: UUIDv7 (RFC 9562), made here so that a ciphertext is bound to its row before it is stored."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new id; later ones sort after earlier ones of the same process."""
    return uuid7()

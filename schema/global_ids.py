"""Global ids as they come back in inputs: of which entity they must be, and the key in them."""

from uuid import UUID

from domains.kernel.failures import Invalid


class InvalidId(Invalid):
    """Not a global id of the kind that is asked for."""

    code = "INVALID_ID"


def key_of(global_id: str, *, entity: str, path: tuple[str, ...]) -> UUID:
    """Return the key in a global id of `entity`; raise InvalidId when it is none."""
    name, _, key = str(global_id).partition(":")
    try:
        if name != entity:
            raise ValueError
        return UUID(key)
    except ValueError:
        raise InvalidId(f"This is not the id of a {entity}.", path=path) from None

"""What a key may do: `resource:action`, as in `customers:read`, where `*` stands for every resource or action.

Which resources there are is not known here; an action is `read` or `write`.
"""

import re
from collections.abc import Collection, Iterable

from domains.kernel.failures import Invalid

SCOPES_MAX = 50
_SCOPE = re.compile(r"(?:[a-z][a-z_]{0,39}|\*):(?:read|write|\*)")


class InvalidScope(Invalid):
    """Not of the form `resource:action`, none at all, or too many."""

    code = "INVALID_SCOPE"


def parse_scopes(scopes: Iterable[str]) -> list[str]:
    """Return the scopes sorted, each once; raise InvalidScope."""
    found = sorted(set(scopes))
    if not 1 <= len(found) <= SCOPES_MAX:
        raise InvalidScope(f"A key has 1 to {SCOPES_MAX} scopes.", path=("scopes",))
    for scope in found:
        if not _SCOPE.fullmatch(scope):
            raise InvalidScope(
                f"{scope[:50]!r} is no scope: write `customers:read`, `customers:*` or `*:read`.",
                path=("scopes",),
            )
    return found


def resource_of(scope: str) -> str:
    """Return the resource of a scope."""
    return scope.partition(":")[0]


def covers(held: Collection[str], *, resource: str, action: str) -> bool:
    """Tell whether the scopes that are held allow an action on a resource; either may be `*`, meaning all."""
    if action == "*":
        both = all(covers(held, resource=resource, action=each) for each in ("read", "write"))
        return both or any(f"{name}:*" in held for name in (resource, "*"))
    return any(f"{name}:{each}" in held for name in (resource, "*") for each in (action, "*"))


def not_covered(wanted: Iterable[str], *, held: Collection[str]) -> list[str]:
    """Return the scopes that are wanted and not allowed by those that are held."""
    parts = ((scope, *scope.split(":")) for scope in wanted)
    return [scope for scope, resource, action in parts if not covers(held, resource=resource, action=action)]

"""Which HTTP status fits a code: of an error of the gateway, or of a problem that a domain tells."""

from functools import lru_cache

from domains.kernel import failures

OF_GATEWAY = {
    "UNAUTHENTICATED": 401,
    "NOT_ALLOWED": 403,
    "UNAUTHORIZED_FIELD_OR_TYPE": 403,
    "DEADLINE_EXCEEDED": 504,
    "DATABASE_UNAVAILABLE": 503,
    "IDEMPOTENCY_IN_FLIGHT": 409,
    "IDEMPOTENCY_KEY_REUSED": 409,
    "INTERNAL": 500,
    "FIELD_FAILED": 500,
}
# A clash, and what the present state forbids, both conflict with the state of the resource (RFC 9110, 15.5.10).
OF_FAMILY: dict[type[failures.Failure], int] = {
    failures.Invalid: 422,
    failures.NotFound: 404,
    failures.NotAllowed: 403,
    failures.Conflict: 409,
    failures.Refused: 409,
    failures.Unavailable: 503,
    failures.Unknown: 504,
}


def status_of(code: str, *, default: int) -> int:
    """Return the status of a code; what is known of neither is the default."""
    return OF_GATEWAY.get(code) or _of_domains().get(code, default)


@lru_cache(maxsize=1)
def _of_domains() -> dict[str, int]:
    """Return code -> status of every failure that is declared, by its family; asked when all are imported."""
    found: dict[str, int] = {}
    for family, status in OF_FAMILY.items():
        known: list[type[failures.Failure]] = [family]
        for kind in known:  # grows while it is walked
            known += kind.__subclasses__()
            found.setdefault(kind.code, status)
    return found

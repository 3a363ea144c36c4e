"""Whether this gateway is alive, and whether it can answer: `/healthz` and `/readyz`, for whoever routes to it.

Both are asked by machines, by address and in clear, so they stand before Django's rules on hosts and TLS. They
tell names of parts and never why one failed: that is in the log. How the providers of each capability are is told
to those who may watch the system; to everybody else in one word.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from django.db import close_old_connections, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from banking_project import stopping
from banking_project.admission import admit
from domains.audit.queries import partitions_ready
from domains.kernel.outages import outage
from domains.providers.figures import health_by_capability
from domains.vault.keyring import keyring
from gateway.failures import RequestError

log = logging.getLogger("banking_project.health")

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
Check = Callable[[], bool]


def probed(application: Application) -> Application:
    """Return an application that answers the two probes itself and hands the rest on."""

    def probing(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/healthz":
            return _answer(start_response, 200, {"status": "alive"})
        if path == "/readyz":
            return _readiness(environ, start_response)
        return application(environ, start_response)

    return probing


def _readiness(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    if stopping.begun():
        return _answer(start_response, 503, {"status": "stopping"})
    close_old_connections()
    checks = {name: "ok" if _holds(name, check) else "failed" for name, check in CHECKS.items()}
    ready = set(checks.values()) == {"ok"}
    if ready:
        outage.note_answer()
    told: dict[str, Any] = {"status": "ready" if ready else "not ready", "checks": checks}
    if ready and (providers := _providers()):
        told["providers"] = providers if _may_watch(environ) else _in_a_word(providers)
    return _answer(start_response, 200 if ready else 503, told)


def _holds(name: str, check: Check) -> bool:
    try:
        return check()
    except Exception as error:
        _tell(error, "The check of the %s failed.", name)
        return False


def _tell(error: Exception, message: str, *about: str) -> None:
    """Log why something failed; a database that is gone once for all that needs it."""
    if not outage.explains(error):
        log.exception(message, *about)
    connection.close()  # the next one tries anew


def _providers() -> dict[str, str]:
    """Return how the providers of each capability are; whatever they are, this gateway can answer."""
    try:
        return health_by_capability()
    except Exception as error:
        _tell(error, "The providers could not be looked at.")
        return {}


def _may_watch(environ: dict[str, Any]) -> bool:
    """Tell whether somebody asks who may watch; a credential that does not hold is no reason not to be ready."""
    if not environ.get("HTTP_AUTHORIZATION"):
        return False
    try:
        admit(environ)
    except RequestError:
        return False
    except Exception as error:
        _tell(error, "Who asks could not be looked at.")
        return False
    return True


def _in_a_word(providers: Mapping[str, str]) -> str:
    """Return `ok` or `failed` when every capability is, else `degraded`."""
    found = set(providers.values())
    return found.pop() if len(found) == 1 else "degraded"


def _answer(start_response: StartResponse, status: int, told: Mapping[str, Any]) -> list[bytes]:
    body = json.dumps(told).encode()
    line = "200 OK" if status == 200 else "503 Service Unavailable"
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response(line, headers)
    return [body]


def database_answers() -> bool:
    """Tell whether the database takes a statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def migrations_are_applied() -> bool:
    """Tell whether the database knows every migration of this version; a later version's do no harm."""
    return _migrations() <= MigrationRecorder(connection).applied_migrations().keys()


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None)
    replaced = {name for migration in loader.disk_migrations.values() for name in migration.replaces}
    return frozenset(loader.disk_migrations.keys() - replaced)


def keyring_opens_what_it_seals() -> bool:
    """Tell whether the keyring is there and works."""
    cipher = keyring().values
    return cipher.decrypt(cipher.encrypt(b"ready", b"readyz"), b"readyz") == b"ready"


CHECKS: dict[str, Check] = {
    "audit": partitions_ready,
    "database": database_answers,
    "migrations": migrations_are_applied,
    "keyring": keyring_opens_what_it_seals,
}

"""Once means once: a mutation that was declared `idempotent` does for one key what it does a single time.

The key belongs to its viewer (of an API key: to its owner) and the mutation. It is kept in the transaction of what
was done, so that neither is without the other, whatever is killed when. Kept is the outcome (keys of entities and
typed results, refusals too), never an answer: it is read again under today's access. A lock without waiting tells
what is in flight. What is told of the outcome is read in that transaction, too: one commit for both.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from django.db import connection, transaction
from django.db.models import CharField
from psycopg2.extensions import TRANSACTION_STATUS_INTRANS

from domains.kernel.clock import now
from domains.kernel.failures import Conflict, Invalid
from domains.kernel.prepared import Question, Slot, ask, store
from domains.kernel.rows import new_row
from domains.kernel.violations import refused_as
from domains.vault.sealing import digests
from gateway.authentication import credential_asked, revoked
from gateway.models import IdempotencyKey
from gateway.viewer import Viewer

KEPT = timedelta(hours=72)
FORGOTTEN_AT_ONCE = 5_000
_KEY = re.compile(r"[!-~]{8,128}")

# Lock and key are asked for in one statement, which sees what was kept when it began: who comes between that
# moment and the lock is found by the key itself, and nothing of the second run stays.
PRIMARY_KEY = "gateway_idempotencykey_pkey"
_LOCKED = Question(lambda: "SELECT pg_try_advisory_xact_lock(%s)", ["number"])
_KNOWN = Question(
    lambda: IdempotencyKey.objects.filter(scope=Slot("scope", CharField())).values_list(
        "input_digest", "outcome"
    )
)

TypeNamed = Callable[[str], type]
Told = TypeVar("Told")


class TransactionBroken(Exception):
    """Reading what was done broke the transaction: nothing of it is committed, so nothing of it may be told."""


class InvalidIdempotencyKey(Invalid):
    """Too short to be one's own, or not printable ASCII."""

    code = "INVALID_IDEMPOTENCY_KEY"


class IdempotencyKeyReused(Conflict):
    """The key stands for another input."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self) -> None:
        super().__init__("This idempotency key was used with another input: take a new one for a new order.")


class IdempotencyInFlight(Conflict):
    """The same request is being done at this moment."""

    code = "IDEMPOTENCY_IN_FLIGHT"
    retry_after_s = 1

    def __init__(self) -> None:
        super().__init__("A request with this idempotency key is being done: ask again in a moment.")


def once(
    *,
    viewer: Viewer,
    mutation: str,
    key: str,
    arguments: Mapping[str, Any],
    run: Callable[[], Any],
    told: Callable[[Any], Told],
    type_named: TypeNamed,
    asks_credential: bool = False,
) -> Told:
    """Return what is `told` of what `run` returns, or returned when this key was first used, without running it.

    `told` is called before the commit, and must leave the transaction whole. `type_named` finds a payload's class
    by its name in the schema. What raises is not kept, and neither is a refusal that says when to try again.
    `asks_credential` asks in the same statement, before anything else is told, whether the viewer's holds.
    Raises InvalidIdempotencyKey, IdempotencyKeyReused, IdempotencyInFlight, TransactionBroken, or RequestError
    `UNAUTHENTICATED`.
    """
    if not _KEY.fullmatch(key):
        raise InvalidIdempotencyKey(
            "An idempotency key has 8 to 128 printable ASCII characters, no spaces.", path=("idempotencyKey",)
        )
    # Of a program the owner of its key: who sends again after the key was rotated shall not do it twice.
    viewer_name = f"{viewer.kind}:{viewer.user_id or viewer.id}"
    scope = hashlib.sha256("\x00".join((viewer_name, mutation, key)).encode())
    input_digests = digests(
        purpose="gateway.idempotency", value=json.dumps(canonical(arguments), sort_keys=True)
    )
    number = int.from_bytes(scope.digest()[:8], "big", signed=True)
    with refused_as({PRIMARY_KEY: IdempotencyInFlight}), transaction.atomic():
        credential = credential_asked(viewer) if asks_credential else None
        locked, known, *holds = ask(
            _LOCKED.about(number=number),
            _KNOWN.about(scope=scope.hexdigest()),
            *(() if credential is None else (credential,)),
        )
        if holds == [None]:
            raise revoked(viewer)
        if not (locked and locked[0]):
            raise IdempotencyInFlight
        if known is not None:
            digest_then, outcome = known
            if bytes(digest_then) not in input_digests:
                raise IdempotencyKeyReused
            payload = restored(outcome, type_named)
        else:
            payload = run()
            if not _says_try_again(payload):
                key_kept = new_row(
                    IdempotencyKey,
                    scope=scope.hexdigest(),
                    mutation=mutation,
                    input_digest=input_digests[0],
                    outcome=kept(payload),
                )
                store(key_kept)
        answer = told(payload)
        _require_whole()
        return answer


def _require_whole() -> None:
    """Raise unless the transaction can be committed: PostgreSQL's COMMIT takes back a broken one in silence."""
    if connection.connection.info.transaction_status != TRANSACTION_STATUS_INTRANS:
        raise TransactionBroken


def forget_old_keys() -> bool:
    """Forget keys that are older than they must be kept; return True when there may be more."""
    old = IdempotencyKey.objects.filter(created_at__lt=now() - KEPT).order_by("created_at")
    scopes = list(old.values_list("scope", flat=True)[:FORGOTTEN_AT_ONCE])
    IdempotencyKey.objects.filter(scope__in=scopes).delete()
    return len(scopes) == FORGOTTEN_AT_ONCE


def _says_try_again(payload: Any) -> bool:
    return any(problem.retry_after is not None for problem in getattr(payload, "problems", ()))


def canonical(value: Any) -> Any:
    """Return arguments in one form for all spellings of the same: `100` and `100.00`, unset and left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {name: canonical(part) for name, part in value.items() if part is not strawberry.UNSET}
    if isinstance(value, list | tuple):
        return [canonical(part) for part in value]
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value) if isinstance(value, UUID | date | datetime) else value


def kept(value: Any) -> Any:
    """Return a payload as JSON: an object by its type's name, a key as `{"key": …}`, times too, enums by name."""
    if isinstance(value, UUID):
        return {"key": str(value)}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, list):
        return [kept(part) for part in value]
    if (definition := getattr(value, "__strawberry_definition__", None)) is not None:
        parts = {field.python_name: kept(getattr(value, field.python_name)) for field in definition.fields}
        return {"type": definition.name, "parts": parts}
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"a payload with {type(value).__name__} in it can't be kept")  # found by its first test


def restored(value: Any, type_named: TypeNamed) -> Any:
    """Return the payload that `kept` told."""
    if isinstance(value, list):
        return [restored(part, type_named) for part in value]
    if not isinstance(value, dict):
        return value
    if "key" in value:
        return UUID(value["key"])
    if "time" in value:
        return datetime.fromisoformat(value["time"])
    parts = {name: restored(part, type_named) for name, part in value["parts"].items()}
    return type_named(value["type"])(**parts)

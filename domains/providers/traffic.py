"""Counting and recording calls in PostgreSQL, so that every process knows of all of them.

Both steps commit at once and without waiting for the disk: what a crash of the database loses here is a number
that counts itself anew. They refuse to run inside a transaction of the caller, whose rollback would undo them
and which must not be held open while a provider is waited for.
"""

import base64
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import DateTimeField, Func, TextField, UUIDField, Value

from domains.kernel.clock import now
from domains.kernel.identifiers import new_id
from domains.kernel.prepared import Records, Slot, store
from domains.kernel.rows import Row, changed_row, new_row
from domains.providers.attempt import Attempted, Sending
from domains.providers.gate import Gate, Limits
from domains.providers.models import Provider, ProviderExchange, ProviderState
from domains.providers.redaction import redacted
from domains.providers.words import PROBE
from domains.vault.sealing import seal

log = logging.getLogger("providers.traffic")

WHOLE = "providers_providerexchange.whole"
LOST = (OperationalError, InterfaceError)
GRACE_S = 2.0  # for which a call keeps its place after its deadline
_CLOCK = Func(function="clock_timestamp", output_field=DateTimeField())
_NOT_WAITED_FOR = Func(
    Value("synchronous_commit"), Value("off"), Value(True), function="set_config", output_field=TextField()
)
_STATE = Records(
    lambda: (
        ProviderState.objects.select_for_update()
        .filter(provider_id=Slot("provider_id", UUIDField()))
        .annotate(at=_CLOCK, synchronous_commit=_NOT_WAITED_FOR)
    )
)


def limits_of(provider: Provider) -> Limits:
    """Return what is allowed of a provider."""
    return Limits(**{name: getattr(provider, name) for name in Limits.__dataclass_fields__})


def enter(*, provider: Provider, call: UUID, left_s: float) -> tuple[str, float | None]:
    """Take a place on the way to a provider for `left_s`; else return why not, and when it may be tried."""
    with transaction.atomic(durable=True), _locked(provider.id) as (gate, at):
        return gate.enter(
            limits=limits_of(provider), at=at, call=str(call), until=at + max(left_s, 0.0) + GRACE_S
        )


def leave(
    *,
    provider: Provider,
    call: UUID,
    action: str,
    number: int,
    sending: Sending,
    attempted: Attempted,
    sent_at: datetime,
    latency_ms: int,
) -> UUID | None:
    """Give the place back, count how the call ended, and record it; return the record's id.

    The answer that came is worth more than its record: when the database does not take it, None is returned.
    """
    record = _recorded(provider, action, number, sending, attempted, sent_at, latency_ms)
    for last in (False, False, True):
        try:
            with transaction.atomic(durable=True):
                # Recorded before the gate is locked: others who call this provider wait for the counting alone.
                if record is not None:
                    store(record.row)
                with _locked(provider.id) as (gate, at):
                    gate.leave(
                        limits=limits_of(provider), at=at, call=str(call), fault=attempted.meaning.fault
                    )
            return None if record is None else record.id
        except LOST as error:
            if last or connection.in_atomic_block:
                _tell_lost(provider, error)
                return None
            connection.close()  # it may have been lost while the provider was waited for
        except RuntimeError:
            raise  # inside a transaction of the caller: a mistake of the program
        except Exception as error:
            _tell_lost(provider, error)
            record = None  # counted all the same
    return None


@contextmanager
def _locked(provider_id: UUID) -> Iterator[tuple[Gate, float]]:
    """Give a provider's gate and the database's time, locked; keep what was changed of it.

    The transaction's commit will not wait for the disk.
    """
    state = _state(provider_id)
    at = state.at.timestamp()  # type: ignore[attr-defined] # annotated
    gate = Gate.of(
        breaker=state.breaker,
        retry_at=None if state.retry_at is None else state.retry_at.timestamp(),
        tally=state.tally,
    )
    yield gate, at
    if gate.breaker != state.breaker:
        log.warning("The breaker of provider %s: %s → %s.", provider_id, state.breaker, gate.breaker)
        state.breaker, state.breaker_changed_at = gate.breaker, datetime.fromtimestamp(at, UTC)
    state.retry_at = None if gate.retry_at is None else datetime.fromtimestamp(gate.retry_at, UTC)
    state.tally = gate.tally()
    store(changed_row(state, "breaker", "breaker_changed_at", "retry_at", "tally"))


def _tell_lost(provider: Provider, error: Exception) -> None:
    log.error("A call to %s could not be recorded: %s.", provider.code, type(error).__name__)


def _state(provider_id: UUID) -> ProviderState:
    found = _STATE.about(provider_id=provider_id)
    if not found:
        ProviderState.objects.bulk_create([ProviderState(provider_id=provider_id)], ignore_conflicts=True)
        found = _STATE.about(provider_id=provider_id)
    return found[0]


@dataclass(frozen=True, slots=True)
class Record:
    """The record of a call, to be stored."""

    id: UUID
    row: Row


def _recorded(provider: Provider, *call: Any) -> Record | None:
    """Return the record of a call; what can't be recorded is told in the log."""
    try:
        return _record(provider, *call)
    except Exception as error:
        _tell_lost(provider, error)
        return None


def _record(
    provider: Provider,
    action: str,
    number: int,
    sending: Sending,
    attempted: Attempted,
    sent_at: datetime,
    latency_ms: int,
) -> Record:
    key, raw, meaning = new_id(), attempted.raw, attempted.meaning
    whole = None if action == PROBE else _whole(sending, attempted)
    row = new_row(
        ProviderExchange,
        id=key,
        provider_id=provider.id,
        action=action,
        attempt=number,
        correlation_id=sending.correlation_id,
        outcome=meaning.outcome,
        code=meaning.code,
        raw_code=attempted.raw_code[:200],
        iso_code=meaning.iso,
        fault=meaning.fault,
        http_status=None if raw is None else raw.status,
        request=redacted(
            {**sending.call.query, **(sending.call.body or {})}, readable=sending.adapter.readable
        ),
        answer=None if raw is None else redacted(raw.body, readable=sending.adapter.readable),
        whole_sealed=whole and seal(table_column=WHOLE, pk=key, value=whole),
        sent_at=sent_at,
        answered_at=now(),
        latency_ms=latency_ms,
    )
    return Record(key, row)


def _whole(sending: Sending, attempted: Attempted) -> str:
    """Return request and answer as they were; what proves who asks is left out."""
    raw = attempted.raw
    answer = raw and {
        "status": raw.status,
        "headers": dict(raw.headers),
        "body_base64": base64.b64encode(raw.body).decode(),
    }
    request = {
        "method": sending.call.method,
        "url": sending.url,
        "body": sending.call.body,
        "idempotency_key": sending.idempotency_key,
    }
    return json.dumps({"request": request, "answer": answer}, default=str)

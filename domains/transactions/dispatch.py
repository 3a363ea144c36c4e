"""Carrying a transaction out: sent once, asked about until it is answered, sent again only if certainly not done.

The job's handler is `dispatch`. It may be killed at any instruction and called again: an attempt is committed
before it is sent, and whoever finds one that may have been done asks for its status and sends nothing. An
instruction carries the moment after which the provider must not do it, so that one which was held up on its
way can't be done behind our back.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import UUIDField

from domains.jobs.engine import Job
from domains.kernel.clock import now
from domains.kernel.failures import Failure, NotFound, Refused
from domains.kernel.prepared import Records, Slot, store
from domains.kernel.rows import changed_row, row_of
from domains.providers.answer import Answer, ProviderRef
from domains.providers.operations import ask
from domains.providers.queries import candidates, provider_ref
from domains.providers.words import Outcome
from domains.transactions.beginning import dispatch_soon
from domains.transactions.cases import open_contradiction
from domains.transactions.instructions import capability_of, instruction
from domains.transactions.models import (
    Attempt,
    NextAction,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from domains.transactions.moving import locked, move
from domains.transactions.permission import ACTIONS, require_still_allowed
from domains.transactions.results import Result, apply_result, result_of_answer, result_of_status
from domains.transactions.states import ENDED, NOT_SENT

S = TransactionStatus
EXPIRES_AFTER = timedelta(seconds=settings.INSTRUCTION_EXPIRES_S)  # no provider is waited for any longer
SEND_WITHIN = EXPIRES_AFTER * 0.3  # a worker that was held up longer before it sends does not send
GIVE_UP_AFTER = timedelta(hours=1)  # when nobody takes it
AGAIN_S, AGAIN_S_MAX = 0.5, 60.0


_ATTEMPTS = Records(
    lambda: Attempt.objects.filter(transaction_id=Slot("transaction_id", UUIDField())).order_by("number")
)
_LOCKED_ATTEMPT = Records(lambda: Attempt.objects.select_for_update().filter(id=Slot("id", UUIDField())))


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done now: ask about an attempt, or send its request (accounts in clear: never kept)."""

    carried: Transaction  # and its attempt as they were when this was decided
    attempt: Attempt
    provider: ProviderRef
    request: Mapping[str, Any] | None = field(default=None, repr=False)


def dispatch(job: Job) -> None:
    """Do the next step for a transaction, and promise the one after it."""
    step = _next_step(UUID(str(job.payload["transaction_id"])))
    if step is None:
        return
    if step.request is None:
        _ask_status(step)
    else:
        _send(step, step.request)


@transaction.atomic
def _next_step(transaction_id: UUID) -> Step | None:
    """Decide under the transaction's lock what to do; a new attempt is committed with the decision."""
    carried = locked(transaction_id)
    if carried.status in ENDED:
        return None
    attempts = _ATTEMPTS.about(transaction_id=carried.id)
    for attempt in attempts:
        if attempt.may_have_been_done:
            return Step(carried, attempt, provider_ref(attempt.provider_id))
    if carried.status not in NOT_SENT:  # every attempt is certainly not done
        move(carried, S.PENDING, cause="nothing was done", next_action=NextAction.SEND, next_at=now())
    if now() > carried.created_at + GIVE_UP_AFTER:
        move(carried, S.REJECTED, cause="no provider took it in time; nothing was done")
        return None
    if (refusal := _forbidden(carried)) is not None:
        move(carried, S.REJECTED, cause=f"{refusal.message} ({refusal.code}) Nothing was done.")
        return None
    provider = _choose(carried, attempts)
    if provider is None:
        _wait(carried, attempts)
        return None
    begun = _begin_attempt(carried, provider, number=len(attempts) + 1)
    assert begun.expires_at is not None
    request = instruction(carried, provider=provider, expires_at=begun.expires_at)
    return Step(carried, begun, provider, request)


def _forbidden(carried: Transaction) -> Failure | None:
    """Return why it may not go out any more: a freeze or a lapse of KYC holds for what waits, too.

    A return brings money back: it always goes.
    """
    if carried.reverses_id is not None:
        return None
    try:
        action = ACTIONS[TransactionKind(carried.kind)]
        require_still_allowed(customer_id=carried.customer_id, action=action)
    except (Refused, NotFound) as refusal:
        return refusal
    return None


def _choose(carried: Transaction, attempts: Sequence[Attempt]) -> ProviderRef | None:
    """Return whom to send to: who was tried least, the first in order among those.

    A return goes to who carried the payment. After a round in which nobody took it there is a pause.
    """
    found = candidates(capability=capability_of(carried))
    if carried.reverses_id is not None:
        settled = Attempt.objects.filter(transaction_id=carried.reverses_id, outcome=Outcome.SETTLED).first()
        found = [each for each in found if settled is not None and each.id == settled.provider_id]
    times = Counter(attempt.provider_id for attempt in attempts)
    fresh = [each for each in found if not times[each.id]]
    if fresh:
        return fresh[0]
    last = max((attempt.created_at for attempt in attempts), default=None)
    if not found or (last is not None and now() < last + _pause(len(attempts))):
        return None
    return min(found, key=lambda each: times[each.id])


def _begin_attempt(carried: Transaction, provider: ProviderRef, *, number: int) -> Attempt:
    moment = now()
    attempt = Attempt(
        transaction=carried,
        provider_id=provider.id,
        number=number,
        sent_at=moment,
        expires_at=moment + EXPIRES_AFTER,
        created_at=moment,
    )
    # Should the worker die now, whoever comes next asks; until then nothing is due.
    at = moment + EXPIRES_AFTER
    move(
        carried, S.PROCESSING, cause=f"attempt {number} with {provider.code}",
        next_action=NextAction.ASK_STATUS, next_at=at, along=[row_of(attempt)],
    )  # fmt: skip
    return attempt


def _wait(carried: Transaction, attempts: Sequence[Attempt]) -> None:
    at = now() + _pause(len(attempts) + 1)
    move(carried, S.PENDING, cause="no provider can be sent to now", next_action=NextAction.SEND, next_at=at)
    dispatch_soon(carried.id, at=at)


def _send(step: Step, request: Mapping[str, Any]) -> None:
    carried, attempt = step.carried, step.attempt
    assert attempt.sent_at is not None
    if now() > attempt.sent_at + SEND_WITHIN:  # held up: as if it had not been answered
        _record(step, Result(Outcome.UNKNOWN, raw_code="NOT_SENT_IN_TIME", message="It may have been sent."))
        return
    answer = ask(
        provider=step.provider,
        action="instruct",
        request=request,
        idempotency_key=carried.reference,
        correlation_id=carried.correlation_id or str(carried.id),
        repeatable=False,
        within_ms=int((EXPIRES_AFTER - SEND_WITHIN).total_seconds() * 1000),
    )
    _record(step, result_of_answer(answer), answer=answer)


def _ask_status(step: Step) -> None:
    carried = step.carried
    answer = ask(
        provider=step.provider,
        action="status",
        request={"reference": carried.reference},
        correlation_id=carried.correlation_id or str(carried.id),
        repeatable=True,
    )
    _record(step, result_of_status(answer, step.attempt, adapter=step.provider.adapter))


@transaction.atomic
def _record(step: Step, result: Result, *, answer: Answer | None = None) -> None:
    """Write down what came of it, and promise what is next; a notice may have told it in the meantime."""
    carried = locked(step.carried.id)
    (attempt,) = _LOCKED_ATTEMPT.about(id=step.attempt.id)
    changed = ["asked_count", "asked_at"]
    if answer is not None:
        attempt.answered_at, attempt.latency_ms = answer.answered_at, answer.latency_ms
        attempt.exchange_id = answer.exchange_id
        changed = ["answered_at", "latency_ms", "exchange_id"]
    else:
        attempt.asked_count, attempt.asked_at = attempt.asked_count + 1, now()
    store(changed_row(attempt, *changed))
    if not apply_result(carried, attempt, result):
        open_contradiction(carried, attempt)
    if carried.status not in ENDED:
        _plan(carried, attempt)


def _plan(carried: Transaction, attempt: Attempt) -> None:
    """Say what is due next and when, and promise it."""
    if carried.status == S.PENDING:
        at, action = now(), NextAction.SEND
    else:
        at, action = now() + _pause(attempt.asked_count + 1), NextAction.ASK_STATUS
    move(carried, S(carried.status), cause="", next_action=action, next_at=at)
    dispatch_soon(carried.id, at=at)


def _pause(times: int) -> timedelta:
    """Return how long to wait before the next time: doubling, with jitter."""
    longest = min(AGAIN_S_MAX, AGAIN_S * 2.0 ** min(times - 1, 10))
    return timedelta(seconds=longest * (0.75 + random.random() / 4))  # noqa: S311  spreads calls only

"""What is known of an attempt, from an answer, a status or a notice, and what it does to the transaction.

All three come together in `apply_result`, under the transaction's lock, so that it does not matter which of them
is first, comes twice, or is late: what is final stays, and what contradicts it is told to a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from domains.kernel.clock import now
from domains.kernel.days import today
from domains.kernel.failures import Conflict, Invalid, Refused
from domains.kernel.prepared import store
from domains.kernel.rows import changed_row
from domains.portfolios.causes import EntryCause
from domains.portfolios.operations import record_units
from domains.providers.answer import Answer
from domains.providers.queries import known_within_s
from domains.providers.words import Outcome
from domains.transactions.models import Attempt, Transaction, TransactionKind, TransactionStatus
from domains.transactions.moving import PROGRAM, locked, move
from domains.transactions.states import ENDED

S = TransactionStatus
NOT_FOUND = "NOT_FOUND"
SIGNS = {
    TransactionKind.BUY: 1,
    TransactionKind.PURCHASE: 1,
    TransactionKind.SELL: -1,
    TransactionKind.REDEMPTION: -1,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of an attempt. `outcome` None: nothing new. Amounts are None where none was told."""

    outcome: Outcome | None
    raw_code: str = ""
    iso_code: str = ""
    message: str = ""
    reference: str = ""
    provider_reference: str = ""
    amount: Decimal | None = None
    units: Decimal | None = None
    price: Decimal | None = None


def result_of_answer(answer: Answer) -> Result:
    """Return what the answer to an instruction tells."""
    if answer.done:
        return result_of_body(answer.body)
    outcome = Outcome.RETRYABLE if answer.certainly_not_done else Outcome.UNKNOWN
    if answer.outcome is Outcome.REJECTED and not answer.raw_code.startswith("HTTP_"):
        outcome = Outcome.REJECTED  # by the provider's own word; a bare 404 says more of the address
    return Result(outcome, answer.raw_code, answer.iso_code, answer.message)


def result_of_body(body: Mapping[str, Any]) -> Result:
    """Return what a provider says of an instruction that it knows."""
    return Result(
        Outcome(body["state"]),
        body["raw_code"],
        body["iso_code"],
        body["message"],
        body["reference"],
        body["provider_reference"],
        body["amount"],
        body["units"],
        body["price"],
    )


def result_of_status(answer: Answer, asked: Attempt, *, adapter: str) -> Result:
    """Return what the answer to a question about an attempt tells; a question that failed tells nothing.

    "Not found" counts only when the instruction can't arrive any more and the provider's window has passed,
    and never of an attempt that the provider had taken.
    """
    if not answer.done:
        return Result(None)
    if answer.body["state"] != NOT_FOUND:
        return result_of_body(answer.body)
    window_s = known_within_s(adapter)
    if window_s is None or asked.outcome == Outcome.ACCEPTED or asked.expires_at is None:
        return Result(None)
    if now() <= asked.expires_at + timedelta(seconds=window_s):
        return Result(None)
    return Result(Outcome.RETRYABLE, NOT_FOUND, message="The provider knows nothing of it: it was not done.")


def apply_result(carried: Transaction, attempt: Attempt, result: Result) -> bool:
    """Write a result on an attempt and its transaction, both locked; return False when it contradicts them.

    What the provider settled with another amount or other units than were ordered, the first time or told again,
    contradicts, too, and so do units that the ledger can't move: it changes nothing, and a person looks at it.
    """
    known = attempt.outcome
    if result.outcome is None:
        return True
    if result.outcome == known:
        return not _differs(carried, result)
    if known in (Outcome.SETTLED, Outcome.REJECTED, Outcome.RETRYABLE):  # final: the late and the doubled
        return result.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN)
    if known == Outcome.ACCEPTED and result.outcome in (Outcome.UNKNOWN, Outcome.RETRYABLE):
        return True  # it is known to be taken: not knowing tells nothing more
    if carried.status in ENDED or _differs(carried, result) or not _units_moved(carried, result):
        return False
    _write(attempt, result)
    cause = f"{result.message} ({result.raw_code})" if result.raw_code else result.message
    match result.outcome:
        case Outcome.SETTLED:
            _settle(carried, cause)
        case Outcome.REJECTED:
            move(carried, S.REJECTED, cause=cause)
        case Outcome.RETRYABLE:
            move(carried, S.PENDING, cause=cause)
        case Outcome.UNKNOWN:
            move(carried, S.UNKNOWN, cause=cause)
        case Outcome.ACCEPTED:
            move(carried, S.PROCESSING, cause=cause)
    return True


def _differs(carried: Transaction, result: Result) -> bool:
    if result.outcome is not Outcome.SETTLED:
        return False
    if result.reference != carried.reference or result.amount != carried.amount:
        return True
    if carried.kind not in SIGNS:
        return False
    return not result.units or (carried.quantity is not None and result.units != carried.quantity)


def _write(attempt: Attempt, result: Result) -> None:
    attempt.outcome, attempt.raw_code, attempt.iso_code = result.outcome, result.raw_code, result.iso_code
    attempt.message = result.message
    attempt.provider_reference = result.provider_reference or attempt.provider_reference
    store(changed_row(attempt, "outcome", "raw_code", "iso_code", "message", "provider_reference"))


def _settle(carried: Transaction, cause: str) -> None:
    move(carried, S.SETTLED, cause=cause)
    if carried.reverses_id is not None:
        move(locked(carried.reverses_id), S.REVERSED, cause=f"returned by {carried.reference}")


def _units_moved(carried: Transaction, result: Result) -> bool:
    """Move the units of a settled order; return False when the ledger refuses them, as more than is held."""
    if result.outcome is not Outcome.SETTLED or carried.kind not in SIGNS or carried.holding_id is None:
        return True
    assert result.units is not None, "units that are not told differ"
    price = result.price if carried.quantity is None else carried.price
    try:
        record_units(
            actor=PROGRAM,
            holding_id=carried.holding_id,
            units=result.units * SIGNS[TransactionKind(carried.kind)],
            cause=EntryCause.SETTLEMENT,
            source_reference=carried.reference,
            effective_on=today(),
            price=price,
        )
    except (Invalid, Conflict, Refused):
        return False
    if carried.quantity is None:
        carried.quantity, carried.price = result.units, price
        carried.save(update_fields=["quantity", "price"])
    return True

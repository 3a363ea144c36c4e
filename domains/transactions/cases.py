"""Cases: opened when books don't tie out, taken by somebody, closed with a reason or by what they waited for."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import UUIDField

from domains.audit.events import Event
from domains.audit.operations import Change, record, record_change
from domains.identity.queries import user_behind
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Conflict, Invalid, NotFound, Refused
from domains.kernel.prepared import Records, Slot
from domains.kernel.text import tidy_line
from domains.transactions.deadlines import COMPENSATION_CURRENCY, compensation
from domains.transactions.models import Attempt, Case, CaseKind, Transaction

DUE_AFTER = timedelta(hours=24)
RESOLUTION_LENGTH_MAX = 1_000
WAIT_FOR_THE_END = (CaseKind.UNKNOWN_TOO_LONG, CaseKind.OVERDUE)
_WAITING = Records(
    lambda: Case.objects.select_for_update().filter(
        transaction_id=Slot("transaction_id", UUIDField()), kind__in=WAIT_FOR_THE_END, closed_at=None
    )
)


class CaseNotFound(NotFound):
    """No case has this id."""

    code = "CASE_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such case.", path=("id",))


class CaseClosed(Refused):
    """The case is closed already."""

    code = "CASE_CLOSED"

    def __init__(self) -> None:
        super().__init__("This case is closed.", path=("id",))


class CaseTaken(Conflict):
    """Somebody else looks after the case."""

    code = "CASE_TAKEN"

    def __init__(self) -> None:
        super().__init__("Somebody else looks after this case.", path=("id",))


class InvalidResolution(Invalid):
    """Not a line that says why a case is closed."""

    code = "INVALID_RESOLUTION"


def age_hours(*, opened_at: datetime, closed_at: datetime | None) -> int:
    """Return for how many whole hours a case has been open, or was."""
    return int(((closed_at or now()) - opened_at).total_seconds() // 3600)


def open_case(
    *,
    provider_id: UUID | None,
    reference: str,
    kind: CaseKind,
    transaction_id: UUID | None = None,
    ours: str = "",
    theirs: str = "",
) -> bool:
    """Open a case, or see again the one that is open; return whether it is new. Call it in a transaction."""
    moment = now()
    case, created = Case.objects.get_or_create(
        provider_id=provider_id,  # type: ignore[misc] # one with nobody is looked for by null, as it is stored
        reference=reference,
        kind=kind,
        closed_at=None,
        defaults={
            "transaction_id": transaction_id,
            "ours": ours,
            "theirs": theirs,
            "due_at": moment + DUE_AFTER,
            "opened_at": moment,
            "seen_at": moment,
        },
    )
    if not created:
        Case.objects.filter(id=case.id).update(ours=ours, theirs=theirs, seen_at=moment)
    return created


def open_contradiction(carried: Transaction, attempt: Attempt) -> None:
    """Open the case of a provider that says what can't be after what it said before."""
    open_case(
        provider_id=attempt.provider_id,
        reference=carried.reference,
        kind=CaseKind.CONTRADICTS,
        transaction_id=carried.id,
        ours=f"{carried.status}, attempt {attempt.number} {attempt.outcome or 'not answered'}",
        theirs="something that contradicts it",
    )


@transaction.atomic
def take_case(*, actor: Actor, case_id: UUID) -> UUID:
    """Make the actor the owner of an open case and return its id; raise CaseNotFound, CaseClosed or CaseTaken.

    What a key takes is its owner's: they can be found and asked, and the case outlives the key's rotation.
    """
    case, person = _open(case_id), user_behind(actor)
    if case.owner_id not in (None, person):
        raise CaseTaken
    if case.owner_id is None:
        case.owner_id, case.version = person, case.version + 1
        case.save(update_fields=["owner_id", "version"])
        _tell(actor, "take_case", case, "owner_id", None, person)
    return case.id


@transaction.atomic
def close_case(*, actor: Actor, case_id: UUID, resolution: str) -> UUID:
    """Close a case with the reason and return its id.

    Raises CaseNotFound, CaseClosed, CaseTaken or InvalidResolution.
    """
    line = tidy_line(resolution, length_max=RESOLUTION_LENGTH_MAX)
    if line is None:
        raise InvalidResolution("A case is closed with a line that says why.", path=("resolution",))
    case = _open(case_id)
    if case.owner_id not in (None, user_behind(actor)):
        raise CaseTaken
    _close(case, line, actor)
    _tell(actor, "close_case", case, "closed_at", None, case.closed_at)
    return case.id


def close_ended(ended: Transaction, *, actor: Actor, cause: str) -> None:
    """Close the cases that waited for a transaction's end, whoever has them; call it when that has come.

    What contradicts a provider's book is no matter of waiting: those cases stay.
    """
    for case in _WAITING.about(transaction_id=ended.id):
        owed = compensation(must_end_by=ended.must_end_by, ended_at=ended.ended_at, moment=now())
        resolution = f"It ended by itself as {ended.status}" + (f": {cause}" if cause else "")
        if owed:
            resolution += f"; {owed} {COMPENSATION_CURRENCY} of compensation are owed"
        _close(case, resolution[:RESOLUTION_LENGTH_MAX], actor)
        change = Change("transactions_case", case.id, "closed_at", None, case.closed_at, in_clear=True)
        record_change(
            actor=actor, operation_name="close_ended", subjects=[ended.customer_id], changes=[change]
        )


def _close(case: Case, resolution: str, actor: Actor) -> None:
    case.resolution, case.closed_by, case.closed_at = resolution, user_behind(actor), now()
    case.version += 1
    case.save(update_fields=["resolution", "closed_by", "closed_at", "version"])


def _open(case_id: UUID) -> Case:
    case = Case.objects.select_for_update().filter(id=case_id).first()
    if case is None:
        raise CaseNotFound
    if case.closed_at is not None:
        raise CaseClosed
    return case


def _tell(actor: Actor, operation_name: str, case: Case, field: str, before: object, after: object) -> None:
    change = Change("transactions_case", case.id, field, before, after, in_clear=True)
    record(event=Event.CHANGE, actor=actor, operation_name=operation_name, changes=[change])

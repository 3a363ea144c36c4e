"""What stays open too long becomes a case, once, so that a person looks after it; nothing else changes.

Two clocks: what is unknown after its provider should have known, and what is open after the day on which the
rules say that it must have ended. The program goes on asking meanwhile.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change, record_change
from domains.kernel.clock import now
from domains.kernel.days import today
from domains.providers.queries import known_within_s, provider_ref
from domains.transactions.cases import open_case
from domains.transactions.figures import OPEN
from domains.transactions.models import Attempt, Case, CaseKind, Transaction
from domains.transactions.models.history import MAY_HAVE_BEEN_DONE, NOT_KNOWN
from domains.transactions.moving import PROGRAM, locked
from domains.transactions.states import ENDED

log = logging.getLogger("domains.transactions")

GRACE = timedelta(minutes=5)  # after the provider's window, for a breaker to close and for the next question
NO_WINDOW = timedelta(hours=1)  # of a provider that states none
AT_ONCE = 200


def see_to_overdue() -> bool:
    """Open the cases of what is overdue; return True when there may be more."""
    found = list(_unknown_too_long())[:AT_ONCE]
    late = Transaction.objects.filter(status__in=OPEN, source="", must_end_by__lt=today()).exclude(
        cases__kind=CaseKind.OVERDUE
    )
    found += [(each, CaseKind.OVERDUE) for each in late.values_list("id", flat=True)[:AT_ONCE]]
    for transaction_id, kind in found:
        _open(transaction_id, kind)
    return len(found) >= AT_ONCE


def _unknown_too_long() -> Iterator[tuple[UUID, CaseKind]]:
    moment = now()
    silent = (
        Attempt.objects.filter(NOT_KNOWN, expires_at__lt=moment - GRACE)
        .exclude(transaction__status__in=ENDED)
        .exclude(transaction__cases__kind=CaseKind.UNKNOWN_TOO_LONG)
    )
    windows: dict[UUID, timedelta] = {}
    rows = silent.order_by("expires_at").values_list("transaction_id", "provider_id", "expires_at")
    for transaction_id, provider_id, expires_at in rows[: AT_ONCE * 10]:
        if provider_id not in windows:
            stated = known_within_s(provider_ref(provider_id).adapter)
            windows[provider_id] = NO_WINDOW if stated is None else timedelta(seconds=stated)
        assert expires_at is not None
        if expires_at + windows[provider_id] + GRACE < moment:
            yield transaction_id, CaseKind.UNKNOWN_TOO_LONG


@transaction.atomic
def _open(transaction_id: UUID, kind: CaseKind) -> None:
    """Open one case under the transaction's lock: whichever worker comes second finds it open, or the end."""
    late = locked(transaction_id)
    if late.status in ENDED or Case.objects.filter(transaction=late, kind=kind).exists():
        return
    attempts = Attempt.objects.filter(transaction=late)
    last = attempts.filter(MAY_HAVE_BEEN_DONE).first() or attempts.order_by("-number").first()
    open_case(
        provider_id=None if last is None else last.provider_id,
        reference=late.reference,
        kind=kind,
        transaction_id=late.id,
        ours=f"{late.status} {late.amount} {late.currency}, begun {late.created_at.isoformat()}",
        theirs="" if last is None else f"attempt {last.number}: {last.outcome or 'not answered'}",
    )
    case = Case.objects.get(transaction=late, kind=kind)
    change = Change("transactions_case", case.id, "kind", None, kind, in_clear=True)
    record_change(
        actor=PROGRAM, operation_name="see_to_overdue", subjects=[late.customer_id], changes=[change]
    )
    log.warning("A transaction is overdue.", extra={"fields": {"case": str(case.id), "kind": kind.value}})

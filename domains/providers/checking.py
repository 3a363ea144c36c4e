"""Health checks: every enabled provider is probed from time to time, by whichever worker comes first.

A check goes through the gate like any call: it opens the breaker of one that nobody else calls, and is the probe
that closes it again.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from domains.kernel.clock import now
from domains.providers.adapters import ADAPTERS
from domains.providers.asking import ask_as
from domains.providers.models import Provider, ProviderState
from domains.providers.words import PROBE

EVERY = timedelta(seconds=30)
WITHIN_MS = 3_000


def check_one() -> bool:
    """Check the provider that has waited longest, if one is due; tell whether another one may be."""
    provider = _claimed()
    if provider is None:
        return False
    answer = ask_as(
        provider=provider,
        action=PROBE,
        request={},
        correlation_id=f"health-{provider.code}",
        repeatable=True,
        within_ms=WITHIN_MS,
    )
    ProviderState.objects.filter(provider=provider).update(
        checked_at=answer.answered_at,
        check_passed=answer.done,
        check_code=answer.code,
        check_latency_ms=answer.latency_ms,
    )
    return True


def _claimed() -> Provider | None:
    """Take a provider whose check is due; the time is set before the check, so that no other worker takes it."""
    known = Provider.objects.filter(enabled=True, adapter__in=ADAPTERS)
    new: list[UUID] = list(known.filter(state__isnull=True).values_list("pk", flat=True))
    ProviderState.objects.bulk_create(
        [ProviderState(provider_id=each) for each in new], ignore_conflicts=True
    )
    with transaction.atomic():
        due = Q(checked_at__isnull=True) | Q(checked_at__lt=now() - EVERY)
        state = (
            ProviderState.objects.filter(due, provider__in=known)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("checked_at")
            .first()
        )
        if state is None:
            return None
        ProviderState.objects.filter(pk=state.pk).update(checked_at=now())
        return Provider.objects.get(pk=state.pk)

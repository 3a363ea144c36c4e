"""Notices from providers: checked and kept while they wait, worked off by a job.

The signature is Standard Webhooks' (id, time and body under the provider's secret), five minutes old at most. A
notice told again is the same one. One about a reference that is not ours is kept for a person.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from standardwebhooks import Webhook, WebhookVerificationError

from domains.jobs.engine import Job, enqueue
from domains.kernel.clock import now
from domains.kernel.failures import Invalid, NotAllowed, NotFound
from domains.kernel.json_values import json_text
from domains.providers.queries import NoticeSource, notice_source
from domains.transactions.beginning import dispatch_soon
from domains.transactions.cases import open_contradiction
from domains.transactions.models import Attempt, NoticeState, ProviderNotice, Transaction
from domains.transactions.moving import locked
from domains.transactions.results import apply_result, result_of_body
from domains.transactions.states import ENDED

NOTICE = "transactions.notice"
BODY_BYTES_MAX = 64 * 1024
TOLD_LENGTH_MAX = 6 * BODY_BYTES_MAX  # as JSON, each character escaped
EVENT_ID_LENGTH_MAX = 200
PLAIN = ("state", "raw_code", "iso_code", "message", "reference", "provider_reference")
DECIMALS = ("amount", "units", "price")


class NoSuchSource(NotFound):
    """No provider of this code sends notices."""

    code = "NO_SUCH_PROVIDER"


class NotGenuine(NotAllowed):
    """The signature does not hold, or is too old."""

    code = "NOTICE_NOT_GENUINE"


class InvalidNotice(Invalid):
    """Not a notice that can be understood."""

    code = "INVALID_NOTICE"


def receive(*, provider_code: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Keep a genuine notice and promise to work it off; return False when it was told before.

    Header names in lower case. Raises NoSuchSource, NotGenuine or InvalidNotice.
    """
    source = notice_source(provider_code)
    if source is None:
        raise NoSuchSource("No provider of this name sends notices here.")
    if len(body) > BODY_BYTES_MAX:
        raise InvalidNotice("The notice is too large.")
    try:
        Webhook(source.secret).verify(body, dict(headers))
    except (json.JSONDecodeError, RecursionError):  # the library reads the body when the signature holds
        raise InvalidNotice("The notice is not JSON.") from None
    except (WebhookVerificationError, ValueError):
        raise NotGenuine("The signature does not hold, or is more than five minutes old.") from None
    event_id = headers["webhook-id"]
    if len(event_id) > EVENT_ID_LENGTH_MAX or not event_id.isprintable():
        raise InvalidNotice("The notice's id is no id.")
    return _keep(source, event_id, _understood(source, body))


@transaction.atomic
def work_off(job: Job) -> None:
    """Apply a notice to the transaction that it is about."""
    notice = ProviderNotice.objects.filter(id=UUID(str(job.payload["notice_id"]))).first()
    if notice is None or notice.state != NoticeState.RECEIVED:
        return
    notice.state, notice.handled_at = _apply(notice), now()
    notice.save(update_fields=["state", "handled_at"])


def _apply(notice: ProviderNotice) -> NoticeState:
    known = Transaction.objects.filter(reference=notice.reference).values_list("id", flat=True).first()
    if known is None:
        return NoticeState.UNMATCHED
    carried = locked(known)
    attempts = Attempt.objects.select_for_update().filter(transaction=carried, provider_id=notice.provider_id)
    attempt = attempts.order_by("-number").first()
    if attempt is None:
        return NoticeState.UNMATCHED
    before = attempt.outcome
    if not apply_result(carried, attempt, result_of_body(_told(notice.body))):
        open_contradiction(carried, attempt)
        return NoticeState.CONTRADICTS
    if carried.status not in ENDED:
        dispatch_soon(carried.id, at=carried.next_at)
    return NoticeState.IGNORED if attempt.outcome == before else NoticeState.APPLIED


def _keep(source: NoticeSource, event_id: str, told: Mapping[str, Any]) -> bool:
    with transaction.atomic():
        notice, created = ProviderNotice.objects.get_or_create(
            provider_id=source.provider_id,
            event_id=event_id,
            defaults={"reference": str(told["reference"])[:64], "body": told},
        )
        if created:
            enqueue(kind=NOTICE, key=str(notice.id), payload={"notice_id": str(notice.id)})
        else:
            ProviderNotice.objects.filter(id=notice.id).update(times=F("times") + 1)
    return created


def _understood(source: NoticeSource, body: bytes) -> dict[str, Any]:
    """Return the values that are understood, decimals as text."""
    try:
        found = json.loads(body)
        state = source.read(found)
        told = {name: str(state[name]) for name in PLAIN}
        json_text(told, length_max=TOLD_LENGTH_MAX)
        return told | {name: None if state[name] is None else str(state[name]) for name in DECIMALS}
    except (KeyError, TypeError, ValueError, RecursionError):
        raise InvalidNotice("The notice can't be understood.") from None


def _told(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, **{name: None if body[name] is None else Decimal(body[name]) for name in DECIMALS}}

"""What was exchanged with providers: opening a whole record, which is told, and forgetting what is old."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.text import tidy_line
from domains.providers.failures import ExchangeNotFound, ReasonMissing, WholeForgotten
from domains.providers.models import ProviderExchange
from domains.providers.queries import configured
from domains.providers.traffic import WHOLE
from domains.providers.words import PROBE
from domains.vault.sealing import open_sealed

REASON_LENGTH_MIN = 10
BATCH_ROWS = 500
# Configured values, in days, and what holds while nothing is configured.
WHOLE_KEPT, WHOLE_KEPT_DAYS = "providers.whole_kept_days", 30
MASKED_KEPT, MASKED_KEPT_DAYS = "providers.masked_kept_days", 400
PROBES_KEPT = timedelta(days=1)


@transaction.atomic
def open_exchange(*, actor: Actor, exchange_id: UUID, reason: str) -> dict[str, Any]:
    """Return request and answer of a call as they were, personal data included; the opening is told before.

    For finding out what went wrong when the masked form does not tell (break-glass). Raises ReasonMissing,
    ExchangeNotFound or WholeForgotten.
    """
    line = tidy_line(reason, length_max=500)
    if line is None or len(line) < REASON_LENGTH_MIN:
        raise ReasonMissing
    exchange = ProviderExchange.objects.filter(id=exchange_id).first()
    if exchange is None:
        raise ExchangeNotFound
    if exchange.whole_sealed is None:
        raise WholeForgotten
    change = Change("providers_providerexchange", exchange.id, "opened", None, line, in_clear=True)
    record(event=Event.EXPORT, actor=actor, operation_name="open_exchange", changes=[change])
    whole: dict[str, Any] = json.loads(
        open_sealed(table_column=WHOLE, pk=exchange.id, sealed=exchange.whole_sealed)
    )
    if whole["answer"]:
        body = base64.b64decode(whole["answer"].pop("body_base64"))
        whole["answer"]["body"] = body.decode("utf-8", "backslashreplace")
    return whole


def forget_exchanges() -> bool:
    """Forget a batch of what is kept long enough; tell whether there may be more."""
    moment = now()
    forgotten = [
        _batch(sent_at__lt=moment - _days(WHOLE_KEPT, WHOLE_KEPT_DAYS), whole_sealed__isnull=False).update(
            whole_sealed=None
        ),
        _batch(sent_at__lt=moment - _days(MASKED_KEPT, MASKED_KEPT_DAYS)).delete()[0],
        _batch(sent_at__lt=moment - PROBES_KEPT, action=PROBE).delete()[0],
    ]
    return bool(max(forgotten) == BATCH_ROWS)


def _batch(**conditions: Any) -> Any:
    old = ProviderExchange.objects.filter(**conditions).order_by("sent_at").values("pk")[:BATCH_ROWS]
    return ProviderExchange.objects.filter(pk__in=list(old.values_list("pk", flat=True)))


def _days(key: str, default: int) -> timedelta:
    days = configured(key)
    return timedelta(days=days if type(days) is int and days >= 1 else default)

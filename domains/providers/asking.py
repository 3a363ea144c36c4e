"""One logical call to a provider, and fail-over along the providers of a capability.

What goes wrong on the way is an answer as well, never an exception: a time-out is not a failure. A call ends
within the provider's total time-out, its retries and the waiting between them included. Nothing of the
configuration is remembered from one call to the next, so that a change holds for the next call of any process.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domains.kernel import trace
from domains.kernel.clock import now
from domains.kernel.trace import Attribute
from domains.providers.adapters import ADAPTERS
from domains.providers.answer import Answer, ProviderRef
from domains.providers.attempt import Attempted, Sending
from domains.providers.client import Timeouts, prepare
from domains.providers.meanings import common_meanings
from domains.providers.models import Provider
from domains.providers.queries import candidates, in_maintenance, open_credentials, provider_as_it_is
from domains.providers.repeating import Repeated, repeat
from domains.providers.words import Capability, Outcome

ANY_WITHIN_MS = 10_000


class UnknownAction(Exception):
    """The provider's adapter has no such action: a mistake of the program, not of its user."""


def ask(
    *,
    provider: ProviderRef,
    action: str,
    request: Mapping[str, Any],
    idempotency_key: str = "",
    correlation_id: str,
    repeatable: bool,
    trace_id: str = "",
    within_ms: int | None = None,
) -> Answer:
    """Ask one provider under its deadline (or `within_ms`, if that is less) and return what it came to.

    An attempt is made again only if the call is `repeatable` or has certainly not been done. Raises
    UnknownAction, KeyError, TypeError or ValueError for a request that the action can't be made of, and
    RuntimeError inside a transaction, which must not be held open meanwhile.
    """
    return ask_as(
        provider=provider_as_it_is(provider.id),
        action=action,
        request=request,
        idempotency_key=idempotency_key,
        correlation_id=correlation_id,
        repeatable=repeatable,
        trace_id=trace_id,
        within_ms=within_ms,
    )


def ask_as(
    *,
    provider: Provider,
    action: str,
    request: Mapping[str, Any],
    idempotency_key: str = "",
    correlation_id: str,
    repeatable: bool,
    trace_id: str = "",
    within_ms: int | None = None,
    though_off: bool = False,
) -> Answer:
    """Ask a provider as it is configured in this object; `though_off` is for trying one before it is used."""
    prepare()
    started, sent_at = time.monotonic(), now()
    adapter = ADAPTERS.get(provider.adapter)
    if adapter is None or action not in adapter.actions:
        raise UnknownAction(f"{provider.adapter or provider.code} has no action {action!r}.")
    call = adapter.actions[action].call(request)
    credentials = open_credentials(provider)
    refusal = "NO_CREDENTIALS" if adapter.credentials - {*credentials} else ""
    if not refusal and not though_off:
        refusal = "OFF" if not provider.enabled else "MAINTENANCE" if in_maintenance(provider.id) else ""
    if refusal:
        repeated = Repeated(Attempted(common_meanings()[refusal], refusal), None)
    else:
        total_ms = provider.total_timeout_ms
        if within_ms is not None:
            total_ms = min(total_ms, max(within_ms, 0))
        sending = Sending(
            adapter=adapter,
            action=adapter.actions[action],
            call=call,
            base_url=provider.base_url,
            credentials=credentials,
            idempotency_key=idempotency_key,
            correlation_id=correlation_id,
            trace_id=trace_id,
            timeouts=Timeouts(provider.connect_timeout_ms, provider.read_timeout_ms, total_ms),
            deadline=started + total_ms / 1000,
        )
        repeated = _told(provider, action, sending, repeatable, gated=not though_off)
    return _answer(ProviderRef.of(provider), repeated, repeatable, sent_at, started)


def ask_any(
    *,
    capability: Capability,
    action: str,
    request: Mapping[str, Any],
    correlation_id: str,
    trace_id: str = "",
    within_ms: int = ANY_WITHIN_MS,
) -> Answer:
    """Ask the providers of a capability in their order until one answers; only for what may be repeated.

    What a provider answers (also that it refuses) is final; the next one is asked when it could not answer. The
    last provider's answer is returned when none could.
    """
    started, sent_at = time.monotonic(), now()
    answer = None
    for provider in candidates(capability=capability):
        left_ms = within_ms - int((time.monotonic() - started) * 1000)
        if left_ms <= 0:
            break
        answer = ask(
            provider=provider,
            action=action,
            request=request,
            correlation_id=correlation_id,
            repeatable=True,
            trace_id=trace_id,
            within_ms=left_ms,
        )
        if answer.outcome is not Outcome.RETRYABLE:
            break
    nobody = Repeated(Attempted(common_meanings()["NO_PROVIDER"], "NO_PROVIDER"), None)
    return answer or _answer(None, nobody, True, sent_at, started)


def _told(provider: Provider, action: str, sending: Sending, repeatable: bool, *, gated: bool) -> Repeated:
    """Make the attempts, as a span of the request or job that asks."""
    attributes: dict[str, Attribute] = {
        "banking.provider.code": provider.code,
        "banking.provider.capability": provider.capability,
        "banking.provider.action": action,
    }
    with trace.span(f"provider {action}", attributes=attributes) as told:
        repeated = repeat(
            provider=provider, action=action, sending=sending, repeatable=repeatable, gated=gated
        )
        meaning = repeated.attempted.meaning
        told.attributes |= {"banking.provider.outcome": meaning.outcome.value, "banking.code": meaning.code}
        if meaning.outcome in (Outcome.RETRYABLE, Outcome.UNKNOWN):
            told.error = meaning.code
    return repeated


def _answer(
    provider: ProviderRef | None, repeated: Repeated, repeatable: bool, sent_at: datetime, started: float
) -> Answer:
    attempted = repeated.attempted
    meaning = attempted.meaning
    doubt = repeatable and meaning.outcome is Outcome.UNKNOWN
    return Answer(
        outcome=Outcome.RETRYABLE if doubt else meaning.outcome,
        certainly_not_done=meaning.certainly_not_done,
        provider=provider,
        code=meaning.code,
        message=meaning.message,
        raw_code=attempted.raw_code,
        iso_code=meaning.iso,
        body=attempted.body,
        retry_after_s=attempted.retry_after_s,
        sent_at=sent_at,
        answered_at=now(),
        latency_ms=int((time.monotonic() - started) * 1000),
        exchange_id=repeated.exchange_id,
    )

"""One logical call to a provider, and fail-over along the providers of a capability.

What goes wrong on the way is an answer as well, never an exception: a time-out is not a failure. A call ends
within the provider's total time-out, its retries and the waiting between them included.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_result,
    stop_after_attempt,
    stop_any,
    stop_before_delay,
    wait_exponential_jitter,
)

from domains.kernel.clock import now
from domains.providers.adapters import ADAPTERS
from domains.providers.answer import Answer, ProviderRef
from domains.providers.attempt import Attempted, Sending, attempt
from domains.providers.client import Timeouts
from domains.providers.meanings import common_meanings
from domains.providers.models import Provider
from domains.providers.queries import candidates, open_credentials
from domains.providers.words import Capability, Outcome

ANY_WITHIN_MS = 10_000
RETRIED = frozenset({
    "PROVIDER_UNREACHABLE", "PROVIDER_TIMEOUT", "PROVIDER_CUT_OFF", "PROVIDER_ERROR",
    "PROVIDER_ANSWER_INVALID", "PROVIDER_ANSWER_NOT_GENUINE", "PROVIDER_RATE_LIMITED",
})  # fmt: skip
ATTEMPTS_MAX, BACKOFF_S, BACKOFF_MAX_S = 3, 0.1, 1.0


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
    UnknownAction, and KeyError, TypeError or ValueError for a request that the action can't be made of.
    """
    started, sent_at = time.monotonic(), now()
    adapter = ADAPTERS[provider.adapter]
    if action not in adapter.actions:
        raise UnknownAction(f"{adapter.name} has no action {action!r}.")
    current = Provider.objects.get(id=provider.id)
    call = adapter.actions[action].call(request)
    credentials = open_credentials(current)
    refused = (
        "OFF" if not current.enabled else "NO_CREDENTIALS" if adapter.credentials - {*credentials} else ""
    )
    if refused:
        attempted = Attempted(common_meanings()[refused], raw_code=refused)
    else:
        total_ms = min(current.total_timeout_ms, within_ms or current.total_timeout_ms)
        sending = Sending(
            adapter=adapter,
            action=adapter.actions[action],
            call=call,
            base_url=current.base_url,
            credentials=credentials,
            idempotency_key=idempotency_key,
            correlation_id=correlation_id,
            trace_id=trace_id,
            timeouts=Timeouts(current.connect_timeout_ms, current.read_timeout_ms, total_ms),
            deadline=started + total_ms / 1000,
        )
        attempted = _attempts(sending, repeatable)
    return _answer(provider, attempted, repeatable, sent_at, started)


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

    What a provider answers (also that it refuses) is final; the next one is asked when it could not answer.
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
    none = Attempted(common_meanings()["NO_PROVIDER"], raw_code="NO_PROVIDER")
    return answer or _answer(None, none, True, sent_at, started)


def _attempts(sending: Sending, repeatable: bool) -> Attempted:
    def worth_repeating(attempted: Attempted) -> bool:
        meaning = attempted.meaning
        return meaning.code in RETRIED and (repeatable or meaning.certainly_not_done)

    backoff = wait_exponential_jitter(multiplier=BACKOFF_S, max=BACKOFF_MAX_S, jitter=BACKOFF_S)

    def wait_s(state: RetryCallState) -> float:
        assert state.outcome is not None
        return max(backoff(state), state.outcome.result().retry_after_s or 0.0)

    return Retrying(
        retry=retry_if_result(worth_repeating),
        stop=stop_any(
            stop_after_attempt(ATTEMPTS_MAX), stop_before_delay(sending.deadline - time.monotonic())
        ),
        wait=wait_s,
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )(attempt, sending)


def _answer(
    provider: ProviderRef | None, attempted: Attempted, repeatable: bool, sent_at: datetime, started: float
) -> Answer:
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
    )

"""The attempts of one call: each goes through the provider's gate, is recorded, and may be made again.

It is made again only where that is safe: the call may be repeated, or has certainly not been done. That the
waiting before an attempt would pass the deadline is known before, so the last answer is returned instead.
"""

import time
from dataclasses import dataclass, replace
from uuid import UUID

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
from domains.kernel.identifiers import new_id
from domains.providers.attempt import Attempted, Sending, attempt
from domains.providers.meanings import common_meanings
from domains.providers.models import Provider
from domains.providers.traffic import enter, leave

LEFT_MIN_S = 0.1  # an attempt with less time than this would tell only that there was too little


@dataclass(frozen=True, slots=True)
class Repeated:
    """The last attempt, and the record of the last one that went out."""

    attempted: Attempted
    exchange_id: UUID | None


def repeat(
    *, provider: Provider, action: str, sending: Sending, repeatable: bool, gated: bool = True
) -> Repeated:
    """Make attempts until one is final, or none is left; at least one. Not `gated`, they go past the gate."""
    number, last = 0, Repeated(Attempted(common_meanings()["BUSY"], "BUSY"), None)

    def attempt_once() -> Repeated:
        nonlocal number, last
        number += 1
        last = _through_the_gate(provider, action, sending, number, last, gated)
        return last

    def worth_repeating(repeated: Repeated) -> bool:
        meaning = repeated.attempted.meaning
        return meaning.code in provider.retry_codes and (repeatable or meaning.certainly_not_done)

    backoff = wait_exponential_jitter(
        multiplier=provider.retry_backoff_ms / 1000,
        max=provider.retry_backoff_ms_max / 1000,
        jitter=provider.retry_jitter_ms / 1000,
    )

    def wait_s(state: RetryCallState) -> float:
        return max(backoff(state), last.attempted.retry_after_s or 0.0)

    return Retrying(
        retry=retry_if_result(worth_repeating),
        stop=stop_any(
            stop_after_attempt(provider.retry_attempts_max),
            stop_before_delay(sending.deadline - time.monotonic() - LEFT_MIN_S),
        ),
        wait=wait_s,
        retry_error_callback=lambda _: last,
    )(attempt_once)


def _through_the_gate(
    provider: Provider, action: str, sending: Sending, number: int, before: Repeated, gated: bool
) -> Repeated:
    call, left_s = new_id(), sending.deadline - time.monotonic()
    refusal, retry_after_s = enter(provider=provider, call=call, left_s=left_s) if gated else ("", None)
    if refusal:
        refused = Attempted(common_meanings()[refusal], refusal, retry_after_s=retry_after_s)
        return Repeated(_less_certain(refused, before), before.exchange_id)
    sent_at, started = now(), time.monotonic()
    attempted = attempt(sending)
    exchange_id = leave(
        provider=provider,
        call=call,
        action=action,
        number=number,
        sending=sending,
        attempted=attempted,
        sent_at=sent_at,
        latency_ms=int((time.monotonic() - started) * 1000),
    )
    return Repeated(_less_certain(attempted, before), exchange_id)


def _less_certain(attempted: Attempted, before: Repeated) -> Attempted:
    """Say that it may have been done if an earlier attempt may have done it, though this one has not."""
    if before.attempted.meaning.certainly_not_done:
        return attempted
    return replace(attempted, meaning=replace(attempted.meaning, certainly_not_done=False))

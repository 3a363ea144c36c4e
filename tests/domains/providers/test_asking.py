"""Asking providers: one deadline, safe repetition, fail-over."""

import time
from typing import Any

import pytest

from domains.providers.answer import Answer, ProviderRef
from domains.providers.asking import UnknownAction
from domains.providers.models import Provider
from domains.providers.operations import ask, ask_any
from domains.providers.words import Capability, Outcome
from tests.conftest import Sandbox, free_port
from tests.domains.providers.conftest import MakeProvider

PAN: dict[str, Any] = {"pan": "ABCPE1234F", "name": "Asha Rao"}


def verify(provider: ProviderRef, *, repeatable: bool = True, **request: str) -> Answer:
    return ask(
        provider=provider,
        action="verify_pan",
        request={**PAN, **request},
        correlation_id="correlation-1",
        repeatable=repeatable,
        idempotency_key="once",
        trace_id="0af7651916cd43dd8448eb211c80319c",
    )


def test_an_answer_is_understood(make_provider: MakeProvider) -> None:
    provider = make_provider()
    answer = verify(provider)
    assert (answer.outcome, answer.code, answer.raw_code) == (Outcome.SETTLED, "OK", "OK")
    assert answer.body["match"] is True
    assert answer.body["registered_name"] == "ASHA RAO"
    assert answer.provider == provider


def test_a_refusal_carries_the_standard_code_and_isos(make_provider: MakeProvider) -> None:
    answer = verify(make_provider(), pan="ABCPE1234Z")
    assert (answer.outcome, answer.code, answer.iso_code) == (Outcome.REJECTED, "IDENTITY_NOT_FOUND", "MD07")
    assert answer.certainly_not_done


def test_correlation_trace_and_idempotency_key_are_passed_on(
    make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    verify(make_provider())
    (seen,) = sandbox.asked("kyc/one")
    assert seen.headers["x-correlation-id"] == "correlation-1"
    assert seen.headers["idempotency-key"] == "once"
    assert seen.headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")


def test_what_may_have_been_done_is_never_sent_again(make_provider: MakeProvider, sandbox: Sandbox) -> None:
    sandbox.misbehave("silent")
    answer = verify(make_provider(), repeatable=False)
    assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "PROVIDER_TIMEOUT")
    assert not answer.certainly_not_done
    assert len(sandbox.asked("kyc/one")) == 1


def test_what_may_be_repeated_is_repeated_and_never_in_doubt(
    make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    sandbox.misbehave("error_500")
    answer = verify(make_provider())
    assert (answer.outcome, answer.code) == (Outcome.RETRYABLE, "PROVIDER_ERROR")
    assert len(sandbox.asked("kyc/one")) == 3


def test_a_second_attempt_may_succeed(make_provider: MakeProvider, sandbox: Sandbox) -> None:
    sandbox.misbehave("timeout_then_success")
    assert verify(make_provider()).outcome is Outcome.SETTLED
    assert len(sandbox.asked("kyc/one")) == 2


def test_a_dribble_ends_with_the_deadline(make_provider: MakeProvider, sandbox: Sandbox) -> None:
    """Each read is quick, so no time-out of reads would ever end it."""
    sandbox.misbehave("dribble", seconds=0.05)
    started = time.monotonic()
    answer = verify(make_provider(), repeatable=False)
    assert answer.code == "PROVIDER_TIMEOUT"
    assert 0.7 < time.monotonic() - started < 10


def test_what_was_certainly_not_sent_is_retryable_whatever_it_is(make_provider: MakeProvider) -> None:
    answer = verify(make_provider(base_url=f"http://127.0.0.1:{free_port()}/"), repeatable=False)
    assert (answer.outcome, answer.code) == (Outcome.RETRYABLE, "PROVIDER_UNREACHABLE")
    assert answer.certainly_not_done


def test_the_next_provider_is_asked_when_the_first_can_not_answer(
    make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    make_provider("first", priority=1)
    second = make_provider("second", priority=2)
    sandbox.misbehave("dead", where="kyc/first")
    answer = ask_any(
        capability=Capability.KYC_BUREAU, action="verify_pan", request=PAN, correlation_id="correlation-1"
    )
    assert answer.outcome is Outcome.SETTLED
    assert answer.provider == second


def test_a_refusal_is_final(make_provider: MakeProvider, sandbox: Sandbox) -> None:
    make_provider("first", priority=1)
    make_provider("second", priority=2)
    answer = ask_any(
        capability=Capability.KYC_BUREAU,
        action="verify_pan",
        request=PAN | {"pan": "ABCPE1234Z"},
        correlation_id="correlation-1",
    )
    assert answer.outcome is Outcome.REJECTED
    assert not sandbox.asked("kyc/second")


def test_with_nobody_to_ask_the_answer_says_so(db: None) -> None:
    answer = ask_any(
        capability=Capability.KYC_BUREAU, action="verify_pan", request=PAN, correlation_id="correlation-1"
    )
    assert (answer.outcome, answer.code, answer.provider) == (Outcome.RETRYABLE, "NO_PROVIDER", None)


def test_a_provider_that_was_turned_off_meanwhile_is_not_called(
    make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    provider = make_provider()
    Provider.objects.update(enabled=False)
    assert verify(provider).code == "PROVIDER_OFF"
    assert not sandbox.asked()


def test_an_action_that_there_is_not_is_a_mistake_of_the_program(make_provider: MakeProvider) -> None:
    with pytest.raises(UnknownAction):
        ask(
            provider=make_provider(),
            action="dance",
            request={},
            correlation_id="correlation-1",
            repeatable=True,
        )


def test_a_provider_that_speaks_otherwise_answers_in_the_same_words(
    make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    make_provider("first", adapter="sandbox_prices", priority=1)
    second = make_provider("second", adapter="sandbox_ticker", priority=2)

    def prices(*isins: str) -> Answer:
        return ask_any(
            capability=Capability.PRICE_SOURCE,
            action="prices",
            request={"isins": isins},
            correlation_id="correlation-1",
        )

    first_told = prices("INE009A01021").body["prices"]["INE009A01021"]
    sandbox.misbehave("error_503", where="prices")
    answer = prices("INE009A01021")
    assert answer.provider == second
    told = answer.body["prices"]["INE009A01021"]
    assert (told["price"], told["currency"]) == (first_told["price"], first_told["currency"])
    refused = prices("XX0000000000")
    assert (refused.outcome, refused.code, refused.raw_code) == (Outcome.REJECTED, "PRICE_NOT_FOUND", "1404")

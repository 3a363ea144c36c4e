"""Every fault of every capability ends in the right outcome, within the deadline, sent or repeated as is safe."""

import time
from typing import Any

import pytest

from domains.kernel.identifiers import new_id
from domains.providers.adapters import ADAPTERS
from domains.providers.models import ProviderExchange
from domains.providers.operations import ask
from domains.providers.words import Capability, Outcome
from sandbox.faults import KNOWN, SERVER_FAULTS, SERVICE_FAULTS
from tests.conftest import Sandbox
from tests.domains.providers.conftest import PLACES, MakeProvider

INSTRUCTION = {
    "amount": "100.00", "currency": "INR", "expires_at": "2099-01-01T00:00:00+00:00", "notify_url": "",
}  # fmt: skip
ASKED: dict[Capability, tuple[str, dict[str, Any]]] = {
    Capability.KYC_BUREAU: ("verify_pan", {"pan": "ABCPE1234F", "name": "Asha Rao"}),
    Capability.DEPOSITORY: ("holdings", {"bo_id": "1201090000012345"}),
    Capability.PRICE_SOURCE: ("prices", {"isins": ["INE009A01021"]}),
    Capability.ACCOUNT_AGGREGATOR: ("ask_consent", {"mobile": "+919820012345", "fi_type": "DEPOSIT"}),
    Capability.PAYMENT_RAIL: (
        "instruct",
        INSTRUCTION | {"kind": "PAYMENT", "channel": "UPI", "vpa": "asha@upi"},
    ),
    Capability.ORDER_VENUE: (
        "instruct",
        INSTRUCTION | {"kind": "BUY", "channel": "EXCHANGE", "isin": "INE009A01021", "quantity": "1"},
    ),
}
R, U, S = Outcome.RETRYABLE, Outcome.UNKNOWN, Outcome.SETTLED
# Fault -> outcome if it may be repeated, outcome if not, code if not, whether it is certain that nothing was done.
EXPECTED = {
    "slow": (R, U, "PROVIDER_TIMEOUT", False),
    "dribble": (R, U, "PROVIDER_TIMEOUT", False),
    "timeout_then_success": (S, U, "PROVIDER_TIMEOUT", False),
    "swallowed": (R, U, "PROVIDER_TIMEOUT", False),
    "not_found_then_settled": (R, U, "PROVIDER_TIMEOUT", False),
    "silent": (R, U, "PROVIDER_TIMEOUT", False),
    "mute": (R, U, "PROVIDER_TIMEOUT", False),
    "dead": (R, U, "PROVIDER_CUT_OFF", False),
    "error_200": (R, U, "PROVIDER_ERROR", False),
    "error_500": (R, U, "PROVIDER_ERROR", False),
    "error_503": (R, U, "PROVIDER_ERROR", False),
    "malformed": (R, U, "PROVIDER_ANSWER_INVALID", False),
    "half": (R, U, "PROVIDER_CUT_OFF", False),
    "wrong_signature": (R, U, "PROVIDER_ANSWER_NOT_GENUINE", False),
    "rate_limited": (R, R, "PROVIDER_RATE_LIMITED", True),
}
# Short only where the deadline ends the call, or the repeating of it: a busy machine must not make others late.
HANGS = {"rate_limited", "slow", "mute", "dribble", "silent", "swallowed", "not_found_then_settled"}
SHORT = {"connect_timeout_ms": 600, "read_timeout_ms": 250, "total_timeout_ms": 600}
LONG = {"connect_timeout_ms": 1_500, "read_timeout_ms": 1_500, "total_timeout_ms": 5_000}
BACKOFF = {"retry_backoff_ms": 10, "retry_backoff_ms_max": 20, "retry_jitter_ms": 5}
LATE_MAX_S = 5.0


def test_the_matrix_is_whole() -> None:
    assert EXPECTED.keys() == SERVER_FAULTS.keys()
    assert set(Capability) == ASKED.keys() == {adapter.capability for adapter in ADAPTERS.values()}
    assert (
        KNOWN.keys() == SERVER_FAULTS.keys() | SERVICE_FAULTS.keys()
    )  # those: tests/journeys/test_notices_go_wrong
    assert ADAPTERS.keys() == PLACES.keys()


@pytest.mark.parametrize("repeatable", [True, False], ids=["repeatable", "once"])
@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_ends_in_the_right_outcome_within_the_deadline(
    make_provider: MakeProvider, sandbox: Sandbox, fault: str, adapter: str, repeatable: bool
) -> None:
    times = SHORT if fault in HANGS or (fault, repeatable) == ("timeout_then_success", False) else LONG
    provider = make_provider(adapter=adapter, **times, **BACKOFF)
    sandbox.misbehave(fault, where=f"{PLACES[adapter]}/one", seconds=0.8 if fault == "slow" else None)
    action, request = ASKED[ADAPTERS[adapter].capability]
    reference = new_id().hex
    started = time.monotonic()
    answer = ask(
        provider=provider,
        action=action,
        request=request | {"reference": reference},
        idempotency_key=reference,
        correlation_id="correlation-1",
        repeatable=repeatable,
    )
    took_s = time.monotonic() - started
    again, once, code, not_done = EXPECTED[fault]
    assert answer.outcome is (again if repeatable else once)
    if answer.outcome is not Outcome.SETTLED:
        assert (answer.code, answer.certainly_not_done, answer.body) == (code, not_done, {})
    assert took_s < times["total_timeout_ms"] / 1000 + LATE_MAX_S
    sent = len(sandbox.asked())
    assert sent == ProviderExchange.objects.count()
    if not repeatable:
        assert sent == 1, "what may have been done was sent again"

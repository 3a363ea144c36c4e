"""A rail's notices come twice, in the wrong order, falsely signed or never: the payment settles once."""

import pytest

from sandbox.faults import SERVICE_FAULTS
from tests.journeys.paying import Till


@pytest.mark.parametrize("fault", SERVICE_FAULTS)
def test_a_payment_settles_once_whatever_becomes_of_its_notices(till: Till, fault: str) -> None:
    till.sandbox.misbehave(fault, where="rail")
    reference = till.pay()["transaction"]["reference"]
    panel = till.until(reference, "SETTLED", "REJECTED", "CANCELLED", within_s=120)
    assert till.states(panel).count("SETTLED") == 1
    assert panel["status"] == "SETTLED"
    assert len(till.paid_there(reference)) == 1
    assert len(panel["attempts"]["nodes"]) == 1
    assert {seen.fault for seen in till.sandbox.asked("rail")} >= {fault}

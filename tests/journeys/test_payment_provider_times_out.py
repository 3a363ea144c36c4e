"""A payment provider does not answer. Nobody calls that a failure, and nobody is charged twice."""

from tests.journeys.paying import Till


def test_it_times_out_and_had_paid(till: Till) -> None:
    """The rail paid and said nothing: the payment is UNKNOWN until the rail is asked, then settled; sent once."""
    till.sandbox.misbehave("mute", where=till.rails[0], match='"expires_at"', seconds=3, times=1)
    reference = till.pay()["transaction"]["reference"]
    unknown = till.until(reference, "UNKNOWN", "SETTLED")
    panel = till.until(reference, "SETTLED")
    assert till.states(panel) == ["INITIATED", "PROCESSING", "UNKNOWN", "SETTLED"]
    assert unknown["isoStatus"] in ("PDNG", "ACSC")
    (attempt,) = panel["attempts"]["nodes"]
    assert (attempt["outcome"], attempt["provider"]["code"]) == ("SETTLED", "sandbox-upi")
    assert attempt["askedCount"] >= 1
    assert till.paid_there(reference) == [till.rails[0]]


def test_it_times_out_and_had_not_paid(till: Till) -> None:
    """The rail never did it: only when that is certain is the payment sent by the other rail."""
    till.sandbox.misbehave("swallowed", where=till.rails[0], match='"expires_at"', seconds=3, times=1)
    reference = till.pay()["transaction"]["reference"]
    till.until(reference, "UNKNOWN")
    assert till.paid_there(reference) == []
    panel = till.until(reference, "SETTLED")
    first, second = panel["attempts"]["nodes"]
    assert (first["outcome"], first["rawCode"]) == ("RETRYABLE", "NOT_FOUND")
    assert (second["outcome"], second["provider"]["code"]) == ("SETTLED", "sandbox-bank")
    assert till.paid_there(reference) == [till.rails[1]]
    assert panel["compensation"] == "0.00"
    assert panel["mustEndBy"] is not None


def test_it_is_not_found_and_then_settled(till: Till) -> None:
    """The rail paid, did not answer, and at first knows nothing of it: it is not sent again meanwhile."""
    till.sandbox.misbehave(
        "not_found_then_settled", where=till.rails[0], match='"expires_at"', seconds=3, times=1
    )
    reference = till.pay()["transaction"]["reference"]
    panel = till.until(reference, "SETTLED")
    assert len(panel["attempts"]["nodes"]) == 1
    assert till.paid_there(reference) == [till.rails[0]]

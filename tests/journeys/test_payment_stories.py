"""Payments whose ways cross: two browsers, a notice before the answer, a cancel and a settlement, a parked job."""

import json
import threading
from typing import Any

import psycopg2

from tests.conftest import RunningGateway
from tests.journeys.paying import Till

CANCEL = """
mutation ($id: ID!, $key: String!) {
  cancelTransaction(input: {id: $id}, idempotencyKey: $key) { transaction { status } problems { code } }
}
"""
PARKED = """
query ($key: String!) {
  jobs(filter: {state: {eq: PARKED}, key: {eq: $key}}) { nodes { id kind failure tries } }
}
"""
RETRY = """
mutation ($id: ID!, $key: String!) {
  retryTransaction(input: {id: $id}, idempotencyKey: $key) { transaction { nextAction } problems { code } }
}
"""


def test_a_payment_fails_over_when_the_first_rail_is_gone(till: Till) -> None:
    """The rail asks to be left alone, so nothing was done there: the other one pays at once."""
    till.sandbox.misbehave("rate_limited", where=till.rails[0], match='"expires_at"')
    reference = till.pay()["transaction"]["reference"]
    panel = till.until(reference, "SETTLED")
    assert [(each["outcome"], each["provider"]["code"]) for each in panel["attempts"]["nodes"]] == [
        ("RETRYABLE", "sandbox-upi"),
        ("SETTLED", "sandbox-bank"),
    ]
    assert till.paid_there(reference) == [till.rails[1]]


def test_two_browsers_submit_one_payment(till: Till) -> None:
    """Both send the same key at once: one payment; the other learns of it, or is told at once to ask again."""
    answers: list[Any] = []
    browsers = [
        threading.Thread(target=lambda: answers.append(till.pay(key="one-order-of-the-customer")))
        for _ in range(8)
    ]
    for browser in browsers:
        browser.start()
    for browser in browsers:
        browser.join()
    answers.append(till.pay(key="one-order-of-the-customer"))
    references = {each["transaction"]["reference"] for each in answers if each and each.get("transaction")}
    others = [each for each in answers if not (each and each.get("transaction"))]
    assert len(references) == 1
    assert len(answers) == 9
    assert all(each is None or each.get("errors") for each in others)
    reference = references.pop()
    till.until(reference, "SETTLED")
    assert till.paid_there(reference) == [till.rails[0]]


def test_a_notice_comes_before_the_answer(till: Till) -> None:
    """The rail's notice overtakes its answer: the payment is settled once, by whichever is first."""
    till.sandbox.misbehave("slow", where=till.rails[0], match='"expires_at"', seconds=1.2, times=1)
    reference = till.pay()["transaction"]["reference"]
    panel = till.until(reference, "SETTLED")
    assert till.states(panel).count("SETTLED") == 1
    (attempt,) = panel["attempts"]["nodes"]
    assert (attempt["outcome"], attempt["providerReference"][:2]) == ("SETTLED", "SB")
    assert till.paid_there(reference) == [till.rails[0]]


def test_a_cancel_races_the_settlement(till: Till) -> None:
    """Whoever is first wins, and money moves only if the cancel was refused."""
    ends = set()
    for number in range(6):
        paid = till.pay()["transaction"]
        variables = {"id": paid["id"], "key": f"cancel-{number}-{paid['reference'][-12:]}"}
        answer = till.ask(CANCEL, bearer=till.customer, variables=variables)["data"]["cancelTransaction"]
        panel = till.until(paid["reference"], "CANCELLED", "SETTLED")
        cancelled = answer["problems"] == []
        assert panel["status"] == ("CANCELLED" if cancelled else "SETTLED")
        assert till.paid_there(paid["reference"]) == ([] if cancelled else [till.rails[0]])
        ends.add(panel["status"])
    assert ends <= {"CANCELLED", "SETTLED"}


def test_what_was_parked_goes_on_after_a_retry(till: Till, running_gateway: RunningGateway) -> None:
    """Operations see the parked job beside the payment, and a retry sets it going; nothing is sent twice."""

    def park() -> Any:
        paid = till.pay()["transaction"]
        key = paid["id"].partition(":")[2]
        connection = psycopg2.connect(running_gateway.environment["DATABASE_URL"])
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_job SET state = 'PARKED', tries = 10, failure = 'Poison' WHERE key = %s", [key]
            )
        connection.close()
        return paid

    paid = till.while_nobody_works(park)
    key = paid["id"].partition(":")[2]
    (job,) = till.ask(PARKED, bearer=till.operator, variables={"key": key})["data"]["jobs"]["nodes"]
    assert (job["kind"], job["failure"]) == ("transactions.dispatch", "Poison")
    assert till.panel(paid["reference"])["status"] == "INITIATED"
    variables = {"id": paid["id"], "key": f"retry-{key}"}
    done = till.ask(RETRY, bearer=till.operator, variables=variables)["data"]["retryTransaction"]
    assert (done["transaction"], done["problems"]) == ({"nextAction": "SEND"}, [])
    till.until(paid["reference"], "SETTLED")
    assert till.paid_there(paid["reference"]) == [till.rails[0]]


def test_the_panel_tells_the_whole_story_in_one_question(till: Till) -> None:
    """A rejection: code, ISO meaning, the masked exchange, the causes, and nothing in clear that must not be."""
    reference = till.pay(channel="IMPS", vpa=None, account="0000123456", ifsc="HDFC0000001")["transaction"][
        "reference"
    ]
    panel = till.until(reference, "REJECTED")
    (attempt,) = panel["attempts"]["nodes"]
    assert (attempt["rawCode"], attempt["isoCode"]) == ("NO_SUCH_ACCOUNT", "AC01")
    assert attempt["isoMeaning"].startswith("Account number is invalid")
    assert attempt["latencyMs"] >= 0
    assert attempt["exchange"]["httpStatus"] == 200
    assert "0000123456" not in str(panel)
    assert [event["actorKind"] for event in panel["events"]["nodes"]] == ["USER", "SYSTEM", "SYSTEM"]
    assert panel["nextAction"] is None


def test_the_books_tie_out_and_the_rails_agree(till: Till, running_gateway: RunningGateway) -> None:
    """After a payment, beside the demo's own book: both commands say so by their exit status."""
    reference = till.pay()["transaction"]["reference"]
    till.until(reference, "SETTLED")
    assert running_gateway.manage("check_books") == "The books tie out.\n"
    report = json.loads(running_gateway.manage("reconcile", "sandbox-upi"))
    assert (report["breaks"], report["matched"] >= 1) == ({}, True)

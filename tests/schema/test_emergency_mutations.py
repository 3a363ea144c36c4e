"""Breaking the glass: more is seen at once, for a time, with a reason; everyone who must know can see that."""

from datetime import timedelta
from typing import Any

import pytest

from domains.audit.models import AuditLog
from domains.customers.operations import create_customer
from domains.identity.models import EmergencyAccess, User
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from gateway.authentication import ROLES_REMEMBERED_S
from schema.root import gateway
from tests.asking import Answered, ask, signed_in
from tests.people import make_user

BREAK = "mutation ($r: String!, $m: Int!) { breakGlass(reason: $r, minutes: $m) { until problems { code path } } }"
END = "mutation { endBreakGlass { ended problems { code } } }"
READ = '{ customer(mobile: "+919820012345") { mobile email } }'
REASON = "The customer is at the counter and has lost access."
EXPLAIN = """query ($d: String!) { explainAccess(document: $d) { coordinate others rule grantedTo } }"""


@pytest.fixture
def clerk(db: None) -> User:
    create_customer(
        actor=Actor.system("test"), full_name="Asha Rao", mobile="+919820012345", email="asha@example.com"
    )
    return make_user("clerk", "operations")


def sent(
    document: str, token: str, variables: dict[str, Any] | None = None, *, purpose: str = ""
) -> Answered:
    """Ask as if the roles that are remembered for some seconds had just been read."""
    assert ROLES_REMEMBERED_S == 5.0
    gateway().authentication._known.clear()
    return ask(document, variables, token=token, headers={"X-Purpose": purpose} if purpose else None)


def test_access_begins_at_once_and_ends_when_it_is_given_back(clerk: User) -> None:
    token = signed_in(clerk)
    assert sent(READ, token).data["customer"]["mobile"] == "+91XXXXXX2345"
    taken = sent(BREAK, token, {"r": REASON, "m": 15}).data["breakGlass"]
    assert taken["problems"] == []
    assert sent(READ, token).codes == ["PURPOSE_REQUIRED"]
    seen = sent(READ, token, purpose="lost access").data["customer"]
    assert seen == {"mobile": "+919820012345", "email": "asha@example.com"}
    (line,) = [
        line
        for line in sent(EXPLAIN, token, {"d": READ}).data["explainAccess"]
        if line["coordinate"] == "Customer.mobile"
    ]
    assert (line["others"], line["rule"]) == ("SHOW", "break_glass on CONTACT")
    assert "break_glass" in line["grantedTo"]
    assert sent(END, token).data["endBreakGlass"] == {"ended": True, "problems": []}
    assert sent(READ, token).data["customer"]["mobile"] == "+91XXXXXX2345"
    assert sent(END, token).data["endBreakGlass"]["ended"] is False


def test_access_ends_by_itself(clerk: User) -> None:
    token = signed_in(clerk)
    sent(BREAK, token, {"r": REASON, "m": 1})
    EmergencyAccess.objects.update(
        began_at=now() - timedelta(minutes=2), expires_at=now() - timedelta(minutes=1)
    )
    assert sent(READ, token).data["customer"]["mobile"] == "+91XXXXXX2345"
    assert sent(BREAK, token, {"r": REASON, "m": 1}).data["breakGlass"]["problems"] == []


@pytest.mark.parametrize(
    ("reason", "minutes", "problem"),
    [
        ("because", 5, {"code": "REASON_NEEDED", "path": ["reason"]}),
        ("   " * 20, 5, {"code": "REASON_NEEDED", "path": ["reason"]}),
        (REASON, 0, {"code": "TOO_LONG", "path": ["minutes"]}),
        (REASON, 61, {"code": "TOO_LONG", "path": ["minutes"]}),
    ],
)
def test_without_a_reason_or_for_too_long_nothing_opens(
    clerk: User, reason: str, minutes: int, problem: dict[str, Any]
) -> None:
    answered = sent(BREAK, signed_in(clerk), {"r": reason, "m": minutes}).data["breakGlass"]
    assert answered == {"until": None, "problems": [problem]}
    assert not EmergencyAccess.objects.exists()


def test_it_is_broken_once_at_a_time_and_not_by_everyone(clerk: User) -> None:
    token = signed_in(clerk)
    sent(BREAK, token, {"r": REASON, "m": 5})
    assert (
        sent(BREAK, token, {"r": REASON, "m": 5}).data["breakGlass"]["problems"][0]["code"]
        == "GLASS_IS_BROKEN"
    )
    for role in ("customer", "auditor", "service"):
        other = signed_in(make_user(role, role))
        assert sent(BREAK, other, {"r": REASON, "m": 5}).codes == ["NOT_ALLOWED"]


def test_those_who_must_know_see_that_and_why_and_nothing_else_of_the_trail(clerk: User) -> None:
    sent(BREAK, signed_in(clerk), {"r": REASON, "m": 5})
    entry = AuditLog.objects.get(event="BREAK_GLASS")
    assert (entry.viewer_id, entry.code) == (clerk.id, "BEGUN")
    assert entry.changes[0]["after"] == {"value": REASON}
    text = "{ auditLogs { nodes { event code viewerId changes } } }"
    for role in ("administrator", "operations"):
        nodes = sent(text, signed_in(make_user(f"{role}2", role))).data["auditLogs"]["nodes"]
        assert [node["event"] for node in nodes] == ["BREAK_GLASS"]
        assert nodes[0]["viewerId"] == str(clerk.id)
        assert REASON in str(nodes[0]["changes"])
    assert len(sent(text, signed_in(make_user("auditor", "auditor"))).data["auditLogs"]["nodes"]) > 1

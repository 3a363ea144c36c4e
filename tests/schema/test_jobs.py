"""Operations see what is parked, mend it and set it going; nobody else does."""

import pytest

from domains.audit.models import AuditLog
from domains.jobs.models import Job
from tests.asking import ask, signed_in
from tests.people import make_user

PARKED = """
{ jobs(filter: {state: {eq: PARKED}}) { nodes { id kind key payload state tries failure } totalCount } }
"""
RELEASE = (
    "mutation ($id: ID!) { releaseJob(input: {id: $id}) { job { state tries } problems { code path } } }"
)
MEND = """
mutation ($id: ID!, $payload: JSON!) {
  mendJob(input: {id: $id, payload: $payload}) { job { state payload } problems { code path } }
}
"""


@pytest.fixture
def parked(db: None) -> Job:
    return Job.objects.create(
        kind="k", key="one", payload={"n": 1}, state="PARKED", tries=10, failure="KeyError"
    )


def test_operations_see_what_is_parked_and_release_it(parked: Job) -> None:
    token = signed_in(make_user("clerk", "operations"))
    (seen,) = ask(PARKED, token=token).data["jobs"]["nodes"]
    assert (seen["key"], seen["payload"], seen["failure"]) == ("one", {"n": 1}, "KeyError")
    done = ask(RELEASE, {"id": seen["id"]}, token=token).data["releaseJob"]
    assert done == {"job": {"state": "WAITING", "tries": 0}, "problems": []}
    again = ask(RELEASE, {"id": seen["id"]}, token=token).data["releaseJob"]
    assert again["problems"] == [{"code": "JOB_NOT_PARKED", "path": ["id"]}]
    assert AuditLog.objects.filter(event="CHANGE", operation_name="release_job").count() == 1


def test_operations_mend_what_is_parked(parked: Job) -> None:
    token = signed_in(make_user("clerk", "operations"))
    given = {"id": f"Job:{parked.id}", "payload": {"n": 2}}
    assert ask(MEND, given, token=token).data["mendJob"]["job"] == {"state": "WAITING", "payload": {"n": 2}}
    refused = ask(MEND, given | {"payload": []}, token=token).data["mendJob"]
    assert refused["problems"] == [{"code": "JOB_NOT_PARKED", "path": ["id"]}]


@pytest.mark.parametrize("role", ["customer", "relationship_manager", "kyc_officer", "service"])
def test_nobody_else_sees_or_releases(parked: Job, role: str) -> None:
    token = signed_in(make_user("other", role))
    assert ask(PARKED, token=token).data["jobs"]["totalCount"] == 0
    assert ask(RELEASE, {"id": f"Job:{parked.id}"}, token=token).codes == ["NOT_ALLOWED"]
    parked.refresh_from_db()
    assert parked.state == "PARKED"

"""Django's admin: the policy's rules, the graph's mutations, the gateway's sign-in, receipts."""

import re

import pytest
from django.test import Client

from domains.audit.models import AuditLog
from domains.identity.keys import create_key
from domains.identity.models import ApiKey, Session, User
from domains.kernel.actor import Actor, ActorKind
from domains.providers.models import SystemConfig
from domains.providers.operations import configure
from tests.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return make_user("root", "administrator", password=PASSWORD)


def signed_in(username: str, **options: object) -> Client:
    client = Client(**options)  # type: ignore[arg-type]
    client.post("/admin/login/", {"username": username, "password": PASSWORD, "next": "/admin/"})
    return client


def said(text: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text.decode()).split())


def test_administrators_and_operations_get_in_and_nobody_else(admin: User) -> None:
    make_user("oper", "operations", password=PASSWORD)
    make_user("kyc", "kyc_officer", password=PASSWORD)
    User.objects.create_superuser("django", PASSWORD)
    for username, status in (("root", 200), ("oper", 200), ("kyc", 302), ("django", 302)):
        assert signed_in(username).get("/admin/").status_code == status, username
    assert Client().get("/admin/").status_code == 302


def test_signing_in_is_throttled_and_recorded_like_any_other(admin: User) -> None:
    for _ in range(12):
        answer = Client().post("/admin/login/", {"username": "root", "password": "wrong"})
    assert "Too many attempts" in said(answer.content)
    assert AuditLog.objects.filter(event="LOGIN_FAILED").exists()
    assert AuditLog.objects.filter(event="REFUSAL", operation_name="log_in").exists()


def test_a_session_that_was_ended_or_a_role_that_was_taken_ends_it_at_once(admin: User) -> None:
    client = signed_in("root")
    assert client.get("/admin/").status_code == 200
    User.objects.filter(id=admin.id).update(token_version=99)
    assert client.get("/admin/").status_code == 302
    client = signed_in("root")
    admin.groups.clear()
    assert client.get("/admin/").status_code == 302
    assert Session.objects.filter(user=admin).count() == 2


def test_a_page_with_people_on_it_leaves_a_receipt(admin: User) -> None:
    client = signed_in("root")
    page = client.get("/admin/identity/user/")
    assert "root" in said(page.content)
    (entry,) = AuditLog.objects.filter(event="READ", operation_name="admin.User")
    assert (entry.viewer_id, entry.row_count, entry.purpose) == (admin.id, 1, "administration")
    assert client.get(f"/admin/identity/user/{admin.id}/change/").status_code == 200
    assert AuditLog.objects.filter(event="READ", operation_name="admin.User").count() == 2
    assert b"argon2" not in client.get(f"/admin/identity/user/{admin.id}/change/").content


def test_roles_are_granted_by_the_graph_s_mutation_under_its_rules(admin: User) -> None:
    other = make_user("other")
    client = signed_in("root")
    act = {"action": "grant_auditor", "_selected_action": [str(other.id), str(admin.id)]}
    answer = client.post("/admin/identity/user/", act, follow=True)
    assert "Done for 1." in said(answer.content)
    assert "Nobody grants a role to themselves" in said(answer.content)
    assert list(other.groups.values_list("name", flat=True)) == ["auditor"]
    (entry,) = AuditLog.objects.filter(event="ROLE", operation_name="grant_role")
    assert entry.viewer_id == admin.id


def test_operations_see_what_the_policy_lets_them_see_and_no_more() -> None:
    make_user("oper", "operations", password=PASSWORD)
    client = signed_in("oper")
    assert client.get("/admin/identity/user/").status_code == 403
    assert client.get("/admin/identity/apikey/").status_code == 403
    assert client.get("/admin/providers/systemconfig/").status_code == 200
    assert client.get("/admin/jobs/job/").status_code == 200


def test_a_key_is_revoked(admin: User) -> None:
    actor = Actor(kind=ActorKind.USER, id=admin.id, roles=frozenset({"administrator"}))
    made = create_key(actor=actor, name="reports", scopes=["customers:read"])
    client = signed_in("root")
    assert made.key.encode() not in client.get("/admin/identity/apikey/").content
    client.post("/admin/identity/apikey/", {"action": "revoke", "_selected_action": [str(made.id)]})
    assert ApiKey.objects.get(id=made.id).revoked_at is not None


def test_a_configured_value_is_changed_by_the_version_that_was_read(admin: User) -> None:
    configure(actor=Actor.system("test"), key="limits.daily", value=5)
    config = SystemConfig.objects.get(key="limits.daily")
    client, address = signed_in("root"), f"/admin/providers/systemconfig/{config.id}/change/"
    answer = client.post(address, {"text": "7", "read_version": config.version}, follow=True)
    assert "was changed successfully" in said(answer.content)
    assert SystemConfig.objects.get(id=config.id).value == 7
    answer = client.post(address, {"text": "9", "read_version": config.version}, follow=True)
    assert SystemConfig.objects.get(id=config.id).value == 7
    assert "was changed successfully" not in said(answer.content)
    assert "It was changed meanwhile" in said(answer.content)
    assert AuditLog.objects.filter(event="CONFIG", viewer_id=admin.id).count() == 1


def test_nothing_is_added_or_deleted_here(admin: User) -> None:
    client = signed_in("root")
    for path in ("identity/user", "identity/apikey", "providers/systemconfig", "jobs/job"):
        assert client.get(f"/admin/{path}/add/").status_code == 403
    assert client.post(f"/admin/identity/user/{admin.id}/delete/", {"post": "yes"}).status_code == 403
    client.post("/admin/identity/user/", {"action": "delete_selected", "_selected_action": [str(admin.id)]})
    assert User.objects.filter(id=admin.id).exists()


def test_a_forged_request_is_refused(admin: User) -> None:
    client = signed_in("root")
    client.handler.enforce_csrf_checks = True
    act = {"action": "grant_auditor", "_selected_action": [str(admin.id)]}
    assert client.post("/admin/identity/user/", act).status_code == 403


def test_cookies_are_set_below_the_admin_alone(admin: User) -> None:
    client = signed_in("root")
    assert {cookie["path"] for cookie in client.cookies.values()} == {"/admin/"}
    assert all(cookie["samesite"] == "Strict" for cookie in client.cookies.values())
    answer = Client().get("/graphql?query={__typename}")
    assert not answer.cookies
    policy = client.get("/admin/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert client.get("/admin/").headers["Referrer-Policy"] == "same-origin"


def test_a_password_is_not_changed_past_the_graph_s_own_checks(admin: User) -> None:
    client = signed_in("root")
    given = {"old_password": PASSWORD, "new_password1": f"{PASSWORD} two", "new_password2": f"{PASSWORD} two"}
    assert client.post("/admin/password_change/", given).status_code == 404
    admin.refresh_from_db()
    assert admin.check_password(PASSWORD)

"""Django's admin: the policy's rules, the graph's mutations, the gateway's sign-in, receipts."""

import re

import pytest
from django.test import Client

from banking_project.administration.cases import site
from domains.audit.models import AuditLog
from domains.customers.operations import create_customer
from domains.identity.keys import create_key
from domains.identity.models import ApiKey, Session, User
from domains.jobs.models import Job
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.identifiers import new_id
from domains.providers.models import SystemConfig
from domains.providers.operations import configure
from domains.transactions.cases import open_case
from domains.transactions.models import Case, CaseKind, Transaction
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


def test_no_session_is_opened_for_who_has_no_business_there(admin: User) -> None:
    officer = make_user("kyc", "kyc_officer", password=PASSWORD)
    answer = Client().post("/admin/login/", {"username": "kyc", "password": PASSWORD})
    wrong = Client().post("/admin/login/", {"username": "kyc", "password": "wrong"})
    assert "The user name or the password is wrong." in said(answer.content)
    assert said(answer.content) == said(wrong.content)
    assert not Session.objects.filter(user=officer).exists()
    assert AuditLog.objects.filter(event="LOGIN_FAILED").count() == 2
    assert not AuditLog.objects.filter(event="LOGIN").exists()


def test_a_login_is_confirmed_by_another_administrator(admin: User) -> None:
    theirs, own = make_user("theirs"), make_user("own")
    User.objects.filter(id=theirs.id).update(awaits_confirmation=True, password_given_by=new_id())
    User.objects.filter(id=own.id).update(awaits_confirmation=True, password_given_by=admin.id)
    act = {"action": "confirm", "_selected_action": [str(theirs.id), str(own.id)]}
    answer = signed_in("root").post("/admin/identity/user/", act, follow=True)
    assert "Done for 1." in said(answer.content)
    assert "another administrator has to do this" in said(answer.content)
    assert list(User.objects.filter(awaits_confirmation=True)) == [own]


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


@pytest.mark.parametrize(
    "narrowed",
    ["user/?password__startswith=argon2", "user/?groups__user__password__startswith=argon2",
     "user/?username__regex=(", "user/?is_active__exact=%00", "user/?token_version=1",
     "apikey/?key_digest__startswith=a"],
)  # fmt: skip
def test_a_list_is_narrowed_by_its_filters_and_no_other_column(admin: User, narrowed: str) -> None:
    """How many rows are left would tell a hash letter by letter."""
    assert signed_in("root").get(f"/admin/identity/{narrowed}").status_code == 400


@pytest.mark.parametrize(
    ("narrowed", "left"), [("is_active__exact=1", 1), ("is_active__exact=0", 0), ("groups__isnull=True", 0)]
)
def test_a_list_s_filters_narrow_it(admin: User, narrowed: str, left: int) -> None:
    page = signed_in("root").get(f"/admin/identity/user/?{narrowed}")
    assert f"{left} user" in said(page.content)


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


@pytest.mark.parametrize("chosen", ["abc", "\x00", "", "1"])
def test_what_can_be_no_row_is_chosen_to_no_effect(admin: User, chosen: str) -> None:
    client = signed_in("root")
    act = {"action": "grant_auditor", "_selected_action": chosen}
    assert client.post("/admin/identity/user/", act, follow=True).status_code == 200
    assert not AuditLog.objects.filter(event="ROLE", operation_name="grant_role").exists()


def test_who_signs_in_is_led_to_no_other_site(admin: User) -> None:
    asked = {"username": "root", "password": PASSWORD, "next": "//elsewhere.example/"}
    assert Client().post("/admin/login/", asked)["Location"] == "/admin/"


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
    for path in (
        "identity/user",
        "identity/apikey",
        "providers/systemconfig",
        "jobs/job",
        "transactions/case",
    ):
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


@pytest.fixture
def case() -> Case:
    """Return the case of a transaction that is unknown for too long."""
    actor = Actor.system("test")
    customer_id = create_customer(actor=actor, full_name="Asha", mobile="+919820012345")
    carried = Transaction.objects.create(
        reference="TXUNKNOWN", customer_id=customer_id, kind="PAYMENT", direction="DEBIT", amount=5,
        currency="INR", source="test", source_reference=new_id().hex,
    )  # fmt: skip
    open_case(
        provider_id=None,
        reference=carried.reference,
        kind=CaseKind.UNKNOWN_TOO_LONG,
        transaction_id=carried.id,
    )
    return Case.objects.select_related("transaction").get()


def test_signing_out_ends_the_gateway_s_session_as_well(admin: User) -> None:
    client = signed_in("root")
    session = Session.objects.get(user=admin)
    assert session.ended_at is None
    assert client.get("/admin/logout/").status_code == 405
    session.refresh_from_db()
    assert session.ended_at is None
    assert client.post("/admin/logout/").status_code == 200
    session.refresh_from_db()
    assert (session.ended_at is not None, session.end_reason) == (True, "LOGOUT")
    assert AuditLog.objects.filter(operation_name="end_session", viewer_id=admin.id).count() == 1
    assert client.get("/admin/").status_code == 302


def test_a_case_is_taken_and_closed_by_the_graph_s_mutations(admin: User, case: Case) -> None:
    client, address = signed_in("root"), f"/admin/transactions/case/{case.id}/change/"
    assert "TXUNKNOWN" in said(client.get("/admin/transactions/case/").content)
    answer = client.post(
        "/admin/transactions/case/", {"action": "take", "_selected_action": [str(case.id)]}, follow=True
    )
    assert "Done for 1." in said(answer.content)
    case.refresh_from_db()
    assert case.owner_id == admin.id
    assert "root" in said(client.get("/admin/transactions/case/").content.partition(b"result_list")[2])
    answer = client.post(address, {"reason": ""})
    assert "This field is required" in said(answer.content)
    answer = client.post(address, {"reason": "The bank found it"}, follow=True)
    assert "was changed successfully" in said(answer.content)
    case.refresh_from_db()
    assert (case.resolution, case.closed_by) == ("The bank found it", admin.id)
    assert client.post(address, {"reason": "Once more"}).status_code == 403
    changes = AuditLog.objects.filter(event="CHANGE", viewer_id=admin.id)
    assert [each.operation_name for each in changes.order_by("id")] == ["take_case", "close_case"]


def test_who_reads_a_case_is_told_to_the_customer(admin: User, case: Case) -> None:
    client = signed_in("root")
    client.get("/admin/transactions/case/")
    client.get(f"/admin/transactions/case/{case.id}/change/")
    client.get(f"/admin/transactions/case/{case.id}/history/")
    entries = AuditLog.objects.filter(event="READ", operation_name="admin.Case")
    assert case.transaction is not None
    assert [entry.subjects for entry in entries] == [[case.transaction.customer_id]] * 3


def test_another_s_case_is_not_closed(admin: User, case: Case) -> None:
    Case.objects.filter(id=case.id).update(owner_id=make_user("clerk", "operations").id)
    answer = signed_in("root").post(
        f"/admin/transactions/case/{case.id}/change/", {"reason": "I am sure"}, follow=True
    )
    assert "was changed successfully" not in said(answer.content)
    case.refresh_from_db()
    assert case.closed_at is None


SEEN = {
    "administrator": {User, ApiKey, Job, SystemConfig, Case},
    "operations": {Job, SystemConfig, Case},
    "kyc_officer": set(),
}


@pytest.mark.parametrize("role", SEEN)
def test_every_page_opens_or_is_refused_and_leaves_a_receipt_of_people(role: str, case: Case) -> None:
    """Every list, form and history, with a row in each; who has no business here is sent to sign in."""
    reader = make_user("reader", role, password=PASSWORD)
    configure(actor=Actor.system("test"), key="limits.daily", value=5)
    create_key(
        actor=Actor(kind=ActorKind.USER, id=reader.id, roles=frozenset({role})),
        name="k",
        scopes=["customers:read"],
    )
    Job.objects.create(kind="test", key="one", payload={}, state="PARKED", due_at=now(), failure="x")
    client, refused = signed_in("reader"), 302 if role == "kyc_officer" else 403
    for model, page in site._registry.items():
        row, label = model._default_manager.first(), f"{model._meta.app_label}/{model._meta.model_name}"
        assert row is not None, label
        before = AuditLog.objects.filter(event="READ", viewer_id=reader.id).count()
        wanted = 200 if model in SEEN[role] else refused
        one = f"/admin/{label}/{row.pk}"
        for address in (f"/admin/{label}/", f"/admin/{label}/?q=x", f"{one}/change/", f"{one}/history/"):
            assert client.get(address).status_code == wanted, address
        read = AuditLog.objects.filter(event="READ", viewer_id=reader.id).count() - before
        assert read == (4 if wanted == 200 and page.holds_people else 0), label  # type: ignore[attr-defined]

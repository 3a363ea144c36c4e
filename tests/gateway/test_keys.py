"""API keys as credentials: from where, for what, and until when they open something."""

from datetime import timedelta

import pytest

from domains.audit.models import AuditLog
from domains.customers.operations import create_customer
from domains.identity.keys import NewKey, create_key, revoke_key
from domains.identity.models import ApiKey, User
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from tests.asking import Answered, ask, signed_in
from tests.people import make_user

MOBILE = "+919820012345"
CUSTOMER = '{ customer(mobile: "+919820012345") { status } }'


@pytest.fixture
def clerk(db: None) -> User:
    return make_user("clerk", "operations")


@pytest.fixture
def actor(clerk: User) -> Actor:
    return Actor(kind=ActorKind.USER, id=clerk.id, roles=frozenset({"operations"}), correlation_id="c")


@pytest.fixture
def key(actor: Actor) -> NewKey:
    create_customer(actor=actor, full_name="Asha Rao", mobile=MOBILE)
    return create_key(actor=actor, name="reports", scopes=["customers:read"])


def asked(key: str, document: str = CUSTOMER, *, address: str = "192.0.2.7") -> Answered:
    return ask(document, headers={"X-API-Key": key}, address=address)


@pytest.mark.parametrize("header", ["X-API-Key: {}", "Authorization: ApiKey {}", "Authorization: apikey {}"])
def test_a_key_opens_what_its_owner_may_see(key: NewKey, header: str) -> None:
    name, _, value = header.partition(": ")
    answered = ask(CUSTOMER, headers={name: value.format(key.key)})
    assert answered.data == {"customer": {"status": "ACTIVE"}}


def test_the_receipt_names_the_key(key: NewKey) -> None:
    asked(key.key)
    entry = AuditLog.objects.get(event="READ")
    assert (entry.viewer_kind, entry.viewer_id, entry.roles) == ("API_KEY", key.id, ["operations"])


@pytest.mark.parametrize(
    "wrong", ["bk_aaaaaaaaaa_" + "A" * 43, "x", "bk_", "Bearer x", "é", "' OR 1=1 --", "a" * 5_000]
)
def test_what_is_no_key_is_refused(key: NewKey, wrong: str) -> None:
    for headers in ({"X-API-Key": wrong}, {"Authorization": f"ApiKey {wrong}"}):
        answered = ask(CUSTOMER, headers=headers)
        assert (answered.status, answered.codes) == (401, ["UNAUTHENTICATED"])


def test_a_key_is_no_access_token_and_the_other_way_round(key: NewKey, clerk: User) -> None:
    assert ask(CUSTOMER, token=key.key).status == 401
    assert asked(signed_in(clerk)).status == 401


def test_two_credentials_at_once_are_refused(key: NewKey, clerk: User) -> None:
    answered = ask(CUSTOMER, token=signed_in(clerk), headers={"X-API-Key": key.key})
    assert answered.status == 401


@pytest.mark.parametrize(
    "document",
    [CUSTOMER, "{ apiKeys { totalCount } }", 'mutation { revokeApiKey(input: {id: "ApiKey:x"}) { key } }'],
)
def test_a_revocation_works_at_once(key: NewKey, actor: Actor, document: str) -> None:
    assert asked(key.key, document).codes != ["UNAUTHENTICATED"]
    revoke_key(actor=actor, key_id=key.id)
    assert asked(key.key, document).codes == ["UNAUTHENTICATED"]


def test_an_expiry_and_an_owner_who_left_work_at_once(key: NewKey) -> None:
    assert asked(key.key).status == 200
    ApiKey.objects.update(expires_at=now() - timedelta(seconds=1))
    assert asked(key.key).status == 401
    ApiKey.objects.update(expires_at=now() + timedelta(days=1))
    assert asked(key.key).status == 200
    User.objects.update(is_active=False)
    assert asked(key.key).status == 401


def test_a_key_of_the_owners_is_not_touched_by_their_password_or_sessions(key: NewKey) -> None:
    User.objects.update(token_version=9)
    assert asked(key.key).status == 200


def test_a_key_is_refused_from_elsewhere_as_if_it_were_none_and_the_refusal_is_recorded(actor: Actor) -> None:
    made = create_key(actor=actor, name="reports", scopes=["customers:read"], allowed_networks=["10.0.0.0/8"])
    assert asked(made.key, address="10.9.8.7").status == 200
    elsewhere = asked(made.key, address="192.0.2.7")
    never_one = asked("bk_aaaaaaaaaa_" + "A" * 43)
    assert elsewhere.body["errors"] == never_one.body["errors"]
    asked(made.key, address="192.0.2.8")
    entry = AuditLog.objects.get(event="REFUSAL")
    assert (entry.viewer_kind, entry.viewer_id, entry.address) == ("API_KEY", made.id, "192.0.2.7")


def test_reading_by_key_asks_nothing_but_the_statement_once_the_key_is_known(
    key: NewKey, django_assert_num_queries
) -> None:
    """What it opens is remembered for five seconds, its use noted once a minute, its end found by the guard."""
    asked(key.key)
    document = (
        "{ customers(first: 1) { nodes { status } } }"  # a look-up by a masked key has a pace of its own
    )
    asked(key.key, document)
    with django_assert_num_queries(0):  # of the ORM's; the statement itself goes past it
        assert asked(key.key, document).status == 200
    assert ApiKey.objects.get().last_used_at is not None


def test_what_the_scopes_leave_out_is_hidden_and_named(key: NewKey) -> None:
    document = """
    { customer(mobile: "+919820012345") {
        status kycProfile { status pan } portfolios { nodes { name } totalCount } } }
    """
    answered = asked(key.key, document)
    assert answered.data["customer"] == {
        "status": "ACTIVE", "kycProfile": None, "portfolios": {"nodes": [], "totalCount": 0}
    }  # fmt: skip
    assert set(answered.codes) == {"UNAUTHORIZED_FIELD_OR_TYPE"}
    assert "kyc:read" in answered.text


def test_a_reading_key_writes_nothing(key: NewKey) -> None:
    document = (
        'mutation { createCustomer(input: {fullName: "A B", mobile: "+919820099999"}) { problems { code } } }'
    )
    answered = asked(key.key, document)
    assert answered.codes == ["NOT_ALLOWED"]


def test_a_writing_key_does_not_read_what_it_wrote(actor: Actor) -> None:
    made = create_key(actor=actor, name="intake", scopes=["customers:write"])
    document = """
    mutation { createCustomer(input: {fullName: "A B", mobile: "+919820099999"}) {
      customer { fullName } problems { code } } }
    """
    answered = asked(made.key, document)
    assert answered.data["createCustomer"] == {"customer": None, "problems": []}


def test_a_key_may_not_change_its_owners_password(key: NewKey, clerk: User) -> None:
    document = 'mutation { changePassword(current: "a", new: "b") { changed } }'
    assert asked(key.key, document).codes == ["NOT_ALLOWED"]


def test_a_key_never_sees_statements_and_plans(key: NewKey) -> None:
    answered = ask(CUSTOMER, headers={"X-API-Key": key.key, "X-Explain": "plan"})
    assert answered.body["extensions"]["plan"]["code"] == "NOT_ALLOWED"
    assert "SELECT" not in answered.text

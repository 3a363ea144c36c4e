"""Asking who one is."""

from domains.customers.models import Customer
from domains.customers.operations import create_customer, link_login
from domains.identity.keys import create_key
from domains.identity.models import User
from domains.kernel.actor import Actor, ActorKind
from tests.asking import ask, signed_in
from tests.people import make_user

ME = """{ me {
    kind roles scopes purpose user { username roles } customer { fullName mobile kycProfile { pan } }
} }"""


def linked(user: User) -> Customer:
    actor = Actor.system("test")
    key = create_customer(actor=actor, full_name="Asha Rao", mobile="+919820012345")
    link_login(actor=actor, customer_id=key, user_id=user.id)
    return Customer.objects.get(id=key)


def test_a_customer_is_told_user_roles_and_themselves(db: None) -> None:
    user = make_user("asha", "customer")
    linked(user)
    answered = ask(ME, token=signed_in(user), headers={"X-Purpose": "to see"})
    assert answered.data["me"] == {
        "kind": "USER",
        "roles": ["customer"],
        "scopes": None,
        "purpose": "to see",
        "user": {"username": "asha", "roles": ["customer"]},
        "customer": {"fullName": "Asha Rao", "mobile": "+919820012345", "kycProfile": None},
    }


def test_who_is_no_customer_has_none(db: None) -> None:
    me = ask(ME, token=signed_in(make_user("omar", "operations", "auditor")), headers={"X-Purpose": "x"})
    assert me.data["me"]["customer"] is None
    assert me.data["me"]["roles"] == ["auditor", "operations"]


def test_who_has_no_role_is_told_so(db: None) -> None:
    me = ask("{ me { roles user { username } customer { id } } }", token=signed_in(make_user("new")))
    assert me.data["me"] == {"roles": [], "user": None, "customer": None}


def test_a_key_is_told_its_scopes_and_sees_its_owner_only_within_them(db: None) -> None:
    owner = make_user("robot", "operations")
    actor = Actor(kind=ActorKind.USER, id=owner.id, roles=frozenset({"operations"}))
    for scopes, seen in ((["customers:read"], None), (["users:read"], {"username": "robot"})):
        key = create_key(actor=actor, name=str(scopes), scopes=scopes).key
        me = ask("{ me { kind scopes user { username } } }", headers={"Authorization": f"ApiKey {key}"})
        assert me.data["me"] == {"kind": "API_KEY", "scopes": scopes, "user": seen}


def test_nobody_is_refused(db: None) -> None:
    assert ask("{ me { roles } }").codes == ["UNAUTHENTICATED"]


def test_being_told_of_oneself_leaves_a_receipt(db: None) -> None:
    from domains.audit.models import AuditLog

    user = make_user("asha", "customer")
    customer = linked(user)
    ask(ME, token=signed_in(user))
    assert AuditLog.objects.filter(event="READ", subjects=[customer.id]).exists()

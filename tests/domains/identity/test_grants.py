"""Roles are granted by somebody else, and somebody who may grant them always remains."""

from datetime import timedelta

import pytest

from domains.audit.models import AuditLog
from domains.identity.failures import UnknownRole, UserNotFound
from domains.identity.grants import LastAdministrator, SelfGrant, grant_role, revoke_role
from domains.identity.models import User
from domains.identity.queries import user_for_token
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.identifiers import new_id
from tests.people import make_user


@pytest.fixture
def admin(db: None) -> User:
    return make_user("admin", "administrator")


@pytest.fixture
def actor(admin: User) -> Actor:
    return Actor(kind=ActorKind.USER, id=admin.id, roles=frozenset({"administrator"}), correlation_id="c")


def roles(user: User) -> frozenset[str]:
    found = user_for_token(subject=user.id)
    return found.roles if found else frozenset()


def test_a_role_is_granted_and_revoked_and_both_are_recorded(actor: Actor) -> None:
    teller = make_user("teller", "operations")
    grant_role(actor=actor, user_id=teller.id, role="auditor")
    assert roles(teller) == {"auditor", "operations"}
    revoke_role(actor=actor, user_id=teller.id, role="operations")
    assert roles(teller) == {"auditor"}
    told = [
        (entry.viewer_id, entry.changes[0]["before"]["value"], entry.changes[0]["after"]["value"])
        for entry in AuditLog.objects.filter(event="ROLE").order_by("id")
    ]
    assert told == [
        (actor.id, "operations", "auditor,operations"),
        (actor.id, "auditor,operations", "auditor"),
    ]


def test_what_changes_nothing_is_not_recorded(actor: Actor) -> None:
    teller = make_user("teller", "operations")
    grant_role(actor=actor, user_id=teller.id, role="operations")
    revoke_role(actor=actor, user_id=teller.id, role="auditor")
    assert not AuditLog.objects.exists()


def test_nobody_grants_a_role_to_themselves(actor: Actor, admin: User) -> None:
    with pytest.raises(SelfGrant):
        grant_role(actor=actor, user_id=admin.id, role="auditor")
    assert roles(admin) == {"administrator"}


def test_nobody_grants_a_role_to_themselves_by_a_key_of_theirs(actor: Actor, admin: User) -> None:
    from domains.identity.keys import create_key

    key = create_key(actor=actor, name="x", scopes=["*:*"])
    with pytest.raises(SelfGrant):
        grant_role(actor=Actor(kind=ActorKind.API_KEY, id=key.id), user_id=admin.id, role="auditor")


def test_the_last_active_administrator_stays(actor: Actor, admin: User) -> None:
    left = make_user("left", "administrator")
    User.objects.filter(id=left.id).update(is_active=False)
    with pytest.raises(LastAdministrator):
        revoke_role(actor=actor, user_id=admin.id, role="administrator")
    assert roles(admin) == {"administrator"}
    make_user("other", "administrator")
    revoke_role(actor=actor, user_id=admin.id, role="administrator")
    assert roles(admin) == frozenset()


def test_an_administrator_who_can_not_sign_in_does_not_count_as_one_who_is_left(
    actor: Actor, admin: User
) -> None:
    awaiting, too_late = make_user("awaiting", "administrator"), make_user("late", "administrator")
    User.objects.filter(id=awaiting.id).update(awaits_confirmation=True, password_given_by=admin.id)
    User.objects.filter(id=too_late.id).update(password_once_until=now() - timedelta(hours=1))
    with pytest.raises(LastAdministrator):
        revoke_role(actor=actor, user_id=admin.id, role="administrator")
    assert roles(admin) == {"administrator"}
    User.objects.filter(id=too_late.id).update(password_once_until=now() + timedelta(hours=1))
    revoke_role(actor=actor, user_id=admin.id, role="administrator")


def test_unknown_users_and_roles_are_told(actor: Actor) -> None:
    with pytest.raises(UserNotFound):
        grant_role(actor=actor, user_id=new_id(), role="auditor")
    with pytest.raises(UnknownRole):
        grant_role(actor=actor, user_id=make_user("teller").id, role="emperor")

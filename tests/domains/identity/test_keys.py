"""API keys: shown once, kept as digests, and never able to do more than who makes them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domains.audit.models import AuditLog
from domains.identity.failures import UserNotFound
from domains.identity.key_use import find_key, note_use
from domains.identity.keys import KeyEnded, KeyNotFound, create_key, revoke_key, rotate_key
from domains.identity.minting import ExceedsMinter, InvalidKey
from domains.identity.models import ApiKey, User
from domains.identity.networks import within
from domains.identity.scopes import not_covered
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.failures import Failure
from domains.kernel.identifiers import new_id
from tests.people import make_user


def acting(user: User, *roles: str) -> Actor:
    return Actor(kind=ActorKind.USER, id=user.id, roles=frozenset(roles), correlation_id="c")


def using(key: ApiKey, *roles: str) -> Actor:
    return Actor(kind=ActorKind.API_KEY, id=key.id, roles=frozenset(roles), correlation_id="c")


@pytest.fixture
def clerk(db: None) -> Actor:
    return acting(make_user("clerk", "operations"), "operations")


@pytest.fixture
def admin(db: None) -> Actor:
    return acting(make_user("admin", "administrator"), "administrator")


def test_a_key_is_shown_once_and_kept_as_a_keyed_digest(clerk: Actor) -> None:
    made = create_key(actor=clerk, name="reports", scopes=["customers:read"])
    assert re.fullmatch(r"bk_[a-z2-7]{10}_[\w-]{43}", made.key)
    kept = ApiKey.objects.values().get()
    assert made.key.startswith(kept["prefix"])
    assert made.key[14:] not in str(kept)
    assert made.key not in repr(made)
    assert made.key not in str(list(AuditLog.objects.values()))


def test_a_key_that_is_presented_is_found_with_its_owners_roles(
    clerk: Actor, django_assert_num_queries
) -> None:
    made = create_key(actor=clerk, name="reports", scopes=["customers:read"], allowed_networks=["10.0.0.0/8"])
    with django_assert_num_queries(1):
        found = find_key(made.key)
    assert found.id == made.id
    assert (found.owner_id, found.roles, found.holds) == (clerk.id, {"operations"}, True)
    assert (found.scopes, found.allowed_networks) == ({"customers:read"}, ("10.0.0.0/8",))


def test_what_was_never_issued_is_not_found(clerk: Actor) -> None:
    made = create_key(actor=clerk, name="reports", scopes=["customers:read"])
    other = "A" if made.key[-1] != "A" else "B"
    for key in (made.key[:-1] + other, made.key + "A", made.key.upper(), "", "bk_", "x\x00y", "é" * 57):
        assert find_key(key) is None


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": now()}, {"expires_at": now()}, {"owner": False}],
    ids=["revoked", "expired", "owner inactive"],
)
def test_a_key_that_ended_does_not_hold(clerk: Actor, change: dict[str, object]) -> None:
    made = create_key(actor=clerk, name="reports", scopes=["customers:read"])
    if "owner" in change:
        User.objects.update(is_active=False)
    else:
        ApiKey.objects.update(**change)
    assert find_key(made.key).holds is False


def test_a_key_expires_in_ninety_days_unless_said_otherwise_and_within_a_year(clerk: Actor) -> None:
    create_key(actor=clerk, name="reports", scopes=["customers:read"])
    assert timedelta(days=89) < ApiKey.objects.get().expires_at - now() <= timedelta(days=90)
    for wrong in (now(), now() - timedelta(days=1), now() + timedelta(days=367)):
        with pytest.raises(InvalidKey):
            create_key(actor=clerk, name="reports", scopes=["customers:read"], expires_at=wrong)


def test_every_step_of_a_keys_life_is_recorded(clerk: Actor) -> None:
    made = create_key(actor=clerk, name="reports", scopes=["customers:read"])
    rotated = rotate_key(actor=clerk, key_id=made.id, overlap_s=60)
    revoke_key(actor=clerk, key_id=rotated.id)
    revoke_key(actor=clerk, key_id=rotated.id)
    told = AuditLog.objects.order_by("id").values_list("event", "operation_name")
    assert list(told) == [
        ("KEY", "create_key"),
        ("KEY", "rotate_key"),
        ("KEY", "rotate_key"),
        ("KEY", "revoke_key"),
    ]


def test_a_rotated_key_and_its_successor_hold_together_for_the_overlap(clerk: Actor) -> None:
    made = create_key(actor=clerk, name="reports", scopes=["customers:read"], allowed_networks=["10.0.0.0/8"])
    rotated = rotate_key(actor=clerk, key_id=made.id, overlap_s=60)
    old, new = find_key(made.key), find_key(rotated.key)
    assert old.holds
    assert new.holds
    assert (new.scopes, new.allowed_networks, new.owner_id) == (
        old.scopes,
        old.allowed_networks,
        old.owner_id,
    )
    assert ApiKey.objects.get(id=made.id).expires_at <= now() + timedelta(seconds=60)
    rotate_key(actor=clerk, key_id=rotated.id, overlap_s=0)
    assert find_key(rotated.key).holds is False


def test_a_key_is_rotated_once_and_only_while_it_holds(clerk: Actor) -> None:
    made = create_key(actor=clerk, name="reports", scopes=["customers:read"])
    rotated = rotate_key(actor=clerk, key_id=made.id, overlap_s=60)
    revoke_key(actor=clerk, key_id=rotated.id)
    for key_id in (made.id, rotated.id):
        with pytest.raises(KeyEnded):
            rotate_key(actor=clerk, key_id=key_id, overlap_s=60)
    for overlap_s in (-1, 8 * 86_400):
        with pytest.raises(InvalidKey):
            rotate_key(actor=clerk, key_id=made.id, overlap_s=overlap_s)


def test_somebody_elses_key_looks_like_none(clerk: Actor, admin: Actor) -> None:
    made = create_key(actor=admin, name="reports", scopes=["customers:read"])
    for key_id in (made.id, new_id()):
        with pytest.raises(KeyNotFound):
            revoke_key(actor=clerk, key_id=key_id)
        with pytest.raises(KeyNotFound):
            rotate_key(actor=clerk, key_id=key_id, overlap_s=0)


def test_an_administrator_revokes_anyones_key_and_rotates_none_of_theirs(clerk: Actor, admin: Actor) -> None:
    """Rotating would show them a key with another one's roles."""
    made = create_key(actor=clerk, name="reports", scopes=["customers:read"])
    with pytest.raises(ExceedsMinter):
        rotate_key(actor=admin, key_id=made.id, overlap_s=0)
    revoke_key(actor=admin, key_id=made.id)
    assert find_key(made.key).holds is False


def test_a_key_is_made_for_oneself_or_a_service_account_that_can_do_no_more(
    clerk: Actor, admin: Actor
) -> None:
    service = make_user("feed", "service", "operations")
    create_key(actor=clerk, name="feed", scopes=["customers:read"], owner_id=service.id)
    for actor, owner_id in ((clerk, admin.id), (admin, clerk.id), (admin, service.id)):
        with pytest.raises(ExceedsMinter):
            create_key(actor=actor, name="feed", scopes=["customers:read"], owner_id=owner_id)
    with pytest.raises(UserNotFound):
        create_key(actor=clerk, name="feed", scopes=["customers:read"], owner_id=new_id())


def test_only_an_administrator_gives_another_tier(clerk: Actor, admin: Actor) -> None:
    with pytest.raises(ExceedsMinter):
        create_key(actor=clerk, name="feed", scopes=["customers:read"], rate_tier="ELEVATED")
    create_key(actor=admin, name="feed", scopes=["customers:read"], rate_tier="ELEVATED")


def test_the_last_use_is_noted_once_a_minute(clerk: Actor) -> None:
    made = create_key(actor=clerk, name="reports", scopes=["customers:read"])
    note_use(made.id)
    first = ApiKey.objects.get().last_used_at
    note_use(made.id)
    assert ApiKey.objects.get().last_used_at == first is not None
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    note_use(made.id)
    assert ApiKey.objects.get().last_used_at > first - timedelta(minutes=2)


def test_a_key_makes_keys_for_nobody_else_and_none_that_outlives_it(clerk: Actor) -> None:
    own = ApiKey.objects.get(
        id=create_key(
            actor=clerk,
            name="minter",
            scopes=["api_keys:write", "customers:read"],
            expires_at=now() + timedelta(days=10),
        ).id
    )
    actor = using(own, "operations")
    service = make_user("feed", "service")
    with pytest.raises(ExceedsMinter):
        create_key(actor=actor, name="x", scopes=["customers:read"], owner_id=service.id)
    with pytest.raises(ExceedsMinter):
        create_key(actor=actor, name="x", scopes=["customers:read"], expires_at=now() + timedelta(days=11))
    made = create_key(actor=actor, name="x", scopes=["customers:read"])
    assert ApiKey.objects.get(id=made.id).expires_at == own.expires_at
    rotated = rotate_key(actor=actor, key_id=own.id, overlap_s=0)
    assert ApiKey.objects.get(id=rotated.id).expires_at == own.expires_at


def test_a_key_manages_no_key_that_can_do_more(clerk: Actor) -> None:
    """Else it could rotate a stronger key of its owner, and be shown it."""
    stronger = create_key(actor=clerk, name="strong", scopes=["*:*"])
    weaker = create_key(actor=clerk, name="weak", scopes=["api_keys:write"])
    actor = using(ApiKey.objects.get(id=weaker.id), "operations")
    for attempt in (
        lambda: rotate_key(actor=actor, key_id=stronger.id, overlap_s=60),
        lambda: revoke_key(actor=actor, key_id=stronger.id),
    ):
        with pytest.raises(KeyNotFound):
            attempt()


SCOPES = ["customers:read", "customers:*", "kyc:read", "api_keys:write", "*:read", "*:write", "*:*"]
NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/24"]
given_to_a_key = st.fixed_dictionaries(
    {
        "scopes": st.lists(st.sampled_from(SCOPES), min_size=1, max_size=3, unique=True),
        "allowed_networks": st.lists(st.sampled_from(NETWORKS), max_size=2, unique=True),
        "rate_tier": st.sampled_from(["STANDARD", "ELEVATED"]),
        "days": st.integers(1, 366),
    }
)


def asked_for(wish: dict[str, object]) -> dict[str, object]:
    days = int(str(wish["days"]))
    return {
        **{name: value for name, value in wish.items() if name != "days"},
        "expires_at": now() + timedelta(days=days) - timedelta(minutes=1),
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=given_to_a_key, wishes=st.lists(given_to_a_key, max_size=4))
def test_a_chain_of_keys_never_gains_anything(
    admin: Actor, first: dict[str, object], wishes: list[dict[str, object]]
) -> None:
    """Whatever a key asks for, and the key that it got, and so on: each can do at most what the first could."""
    root = ApiKey.objects.get(id=create_key(actor=admin, name="root", **asked_for(first)).id)
    holder = root
    for wish in wishes:
        try:
            made = create_key(actor=using(holder, "administrator"), name="next", **asked_for(wish))
        except Failure:
            continue
        holder = ApiKey.objects.get(id=made.id)
        assert not not_covered(holder.scopes, held=root.scopes)
        assert within(holder.allowed_networks, held=root.allowed_networks)
        assert holder.rate_tier == root.rate_tier
        assert holder.expires_at <= root.expires_at
        assert holder.owner_id == root.owner_id


def test_nobody_makes_no_key(db: None) -> None:
    with pytest.raises(UserNotFound):
        create_key(actor=replace(Actor.system("x"), kind=ActorKind.ANONYMOUS), name="x", scopes=["kyc:read"])

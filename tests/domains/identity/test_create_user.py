"""Making users: one name each, known roles, a password that nobody can read back."""

import pytest
from django.contrib.auth.models import Group

from domains.audit.models import AuditLog
from domains.identity.models import ApiKey, Role, User
from domains.identity.operations import create_user
from domains.identity.queries import user_exists, user_for_token
from domains.kernel.actor import Actor
from domains.kernel.failures import Conflict, Invalid
from domains.kernel.identifiers import new_id
from tests.domains.refusal import breaks

PASSWORD = "correct horse battery staple"


def test_every_role_has_its_group(db: None) -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)


def test_a_user_is_found_by_the_subject_of_a_token(db: None) -> None:
    user_id = create_user(
        username="officer", password=PASSWORD, display_name="An Officer", roles=["kyc_officer", "auditor"]
    )
    found = user_for_token(subject=user_id)
    assert found is not None
    assert (found.id, found.username, found.display_name) == (user_id, "officer", "An Officer")
    assert (found.token_version, found.is_active) == (1, True)
    assert found.roles == {"kyc_officer", "auditor"}


def test_a_user_without_roles_and_nobody(db: None, django_assert_num_queries) -> None:
    user_id = create_user(username="nobody", password=PASSWORD, display_name="", roles=[])
    with django_assert_num_queries(1):
        found = user_for_token(subject=user_id)
    assert found is not None
    assert found.roles == frozenset()
    assert user_for_token(subject=new_id()) is None
    assert user_exists(user_id)
    assert not user_exists(new_id())


def test_the_password_is_kept_as_an_argon2_hash(db: None) -> None:
    user = User.objects.get(
        id=create_user(username="officer", password=PASSWORD, display_name="", roles=["operations"])
    )
    assert user.password.startswith("argon2")
    assert user.check_password(PASSWORD)


def test_making_a_user_is_recorded_with_its_roles_and_without_its_name(db: None, officer: Actor) -> None:
    user_id = create_user(
        username="teller", password=PASSWORD, display_name="T", roles=["operations"], actor=officer
    )
    entry = AuditLog.objects.get(event="ROLE")
    assert entry.viewer_id == officer.id
    assert entry.changes[0]["id"] == str(user_id)
    assert entry.changes[0]["after"] == {"value": "operations"}
    assert "teller" not in str(entry.changes)


def test_a_name_is_given_once(db: None) -> None:
    create_user(username="officer", password=PASSWORD, display_name="", roles=[])
    with pytest.raises(Conflict) as refused:
        create_user(username="officer", password=PASSWORD, display_name="", roles=[])
    assert (refused.value.code, refused.value.path) == ("USERNAME_TAKEN", ("username",))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"username": ""}, "INVALID_USERNAME"),
        ({"username": "a\x00b"}, "INVALID_USERNAME"),
        ({"username": "a b"}, "INVALID_USERNAME"),
        ({"username": "a" * 151}, "INVALID_USERNAME"),
        ({"display_name": "a\x00b"}, "INVALID_DISPLAY_NAME"),
        ({"roles": ["emperor"]}, "UNKNOWN_ROLE"),
    ],
)
def test_what_a_user_can_not_have_is_refused(db: None, given: dict[str, object], code: str) -> None:
    user = {"username": "officer", "password": PASSWORD, "display_name": "", "roles": []} | given
    with pytest.raises(Invalid) as refused:
        create_user(**user)
    assert refused.value.code == code
    assert not User.objects.exists()


def test_an_api_keys_prefix_and_digest_are_unique(db: None) -> None:
    owner_id = create_user(username="service", password=PASSWORD, display_name="", roles=["service"])
    ApiKey.objects.create(name="reports", prefix="bk_1", key_digest=b"1", owner_id=owner_id)
    with breaks("api_key_prefix_once"):
        ApiKey.objects.create(name="reports", prefix="bk_1", key_digest=b"2", owner_id=owner_id)
    with breaks("api_key_digest_once"):
        ApiKey.objects.create(name="reports", prefix="bk_2", key_digest=b"1", owner_id=owner_id)

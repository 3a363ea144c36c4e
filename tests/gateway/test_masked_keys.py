"""Finding by a key that is masked for the viewer has an allowance of its own: trying numbers soon ends."""

from typing import Any

import pytest

from domains.customers.operations import create_customer
from domains.identity.keys import create_key
from domains.identity.models import User
from domains.kernel.actor import Actor, ActorKind
from gateway.rates.masked_keys import MASKED_KEYS
from tests.asking import Answered, ask, signed_in
from tests.people import make_user

FIND = "query ($mobile: MobileNumber!) { customer(mobile: $mobile) { id } }"
SEVERAL = " ".join(f'a{n}: customer(mobile: "98200{n:05d}") {{ id }}' for n in range(20)).join("{}")


@pytest.fixture
def customer(db: None) -> Any:
    return create_customer(actor=Actor.system("test"), full_name="Asha Rao", mobile="+919820012345")


def find(**credentials: Any) -> Answered:
    headers = {"X-Purpose": "a test", **credentials.pop("headers", {})}
    return ask(FIND, {"mobile": "+919820012345"}, headers=headers, **credentials)


def test_each_look_up_counts_aliases_too_until_none_is_left(customer: Any) -> None:
    token = signed_in(make_user("olga", "operations"))
    rounds = MASKED_KEYS.burst // 20
    for _ in range(rounds):
        assert ask(SEVERAL, token=token, headers={"X-Purpose": "a test"}).codes == []
    refused = find(token=token)
    assert (refused.status, refused.codes) == (429, ["RATE_LIMITED"])
    told = refused.body["errors"][0]["extensions"]
    assert told["tier"] == "MASKED_KEYS"
    assert 1 <= told["retryAfterSeconds"] <= MASKED_KEYS.every_s
    assert ask("{ me { roles } }", token=token).codes == []  # everything else goes on


def test_who_is_shown_the_key_is_not_counted(customer: Any) -> None:
    token = signed_in(make_user("omar", "kyc_officer"))
    for _ in range(MASKED_KEYS.burst // 20 + 2):
        assert ask(SEVERAL, token=token, headers={"X-Purpose": "a test"}).codes == []


def test_more_keys_are_no_more_allowance(customer: Any) -> None:
    owner: User = make_user("robot", "operations")
    actor = Actor(kind=ActorKind.USER, id=owner.id, roles=frozenset({"operations"}))
    keys = [create_key(actor=actor, name=name, scopes=["customers:read"]).key for name in "ab"]
    codes = []
    for number in range(MASKED_KEYS.burst // 20 + 1):
        headers = {"Authorization": f"ApiKey {keys[number % 2]}", "X-Purpose": "a test"}
        codes += ask(SEVERAL, headers=headers).codes
    assert codes == ["RATE_LIMITED"]

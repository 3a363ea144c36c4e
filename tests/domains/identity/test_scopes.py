"""A scope covers what it says, `*` covers everything, and nobody hands on what they do not hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.identity.scopes import InvalidScope, covers, not_covered, parse_scopes

RESOURCES = ["customers", "kyc", "*"]
ACTIONS = ["read", "write", "*"]
SCOPES = [f"{resource}:{action}" for resource in RESOURCES for action in ACTIONS]
scopes = st.frozensets(st.sampled_from(SCOPES), max_size=5)


@pytest.mark.parametrize(
    ("held", "resource", "action", "covered"),
    [
        ({"customers:read"}, "customers", "read", True),
        ({"customers:read"}, "customers", "write", False),
        ({"customers:read"}, "kyc", "read", False),
        ({"customers:*"}, "customers", "write", True),
        ({"*:read"}, "kyc", "read", True),
        ({"*:read"}, "kyc", "write", False),
        ({"*:*"}, "kyc", "write", True),
        ({"customers:read", "customers:write"}, "customers", "*", True),
        ({"customers:read", "*:write"}, "customers", "*", True),
        ({"customers:read", "kyc:read"}, "*", "read", False),
        (set(), "customers", "read", False),
    ],
)
def test_what_scopes_cover(held: set[str], resource: str, action: str, covered: bool) -> None:
    assert covers(held, resource=resource, action=action) is covered


@given(held=scopes, wanted=scopes)
def test_what_is_handed_on_allows_nothing_more(held: frozenset[str], wanted: frozenset[str]) -> None:
    """Resources that are not known yet included: `*` is more than all that are there."""
    if not_covered(wanted, held=held):
        return
    for resource in ["customers", "kyc", "not there yet"]:
        for action in ("read", "write"):
            allowed = covers(wanted, resource=resource, action=action)
            assert not allowed or covers(held, resource=resource, action=action)


@given(held=scopes)
def test_one_may_hand_on_all_that_one_holds(held: frozenset[str]) -> None:
    assert not_covered(held, held=held) == []


@pytest.mark.parametrize(
    "wrong",
    ["", "customers", "customers:", ":read", "customers:delete", "Customers:read", "a b:read", "a:read:b"],
)
def test_what_is_no_scope_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidScope):
        parse_scopes([wrong])


def test_a_key_has_some_scopes_and_not_too_many() -> None:
    assert parse_scopes(["kyc:read", "customers:read", "kyc:read"]) == ["customers:read", "kyc:read"]
    for wrong in ([], [f"{'a' * number}:read" for number in range(1, 60)]):
        with pytest.raises(InvalidScope):
            parse_scopes(wrong)

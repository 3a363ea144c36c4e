"""A key may be used from its networks only, and hands on no others."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.identity.networks import InvalidNetwork, allows, networks_of, parse_networks, within

NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "2001:db8:1::/48"]
networks = st.lists(st.sampled_from(NETWORKS), max_size=3, unique=True)


@pytest.mark.parametrize(
    ("held", "address", "allowed"),
    [
        ([], "203.0.113.9", True),
        ([], None, True),
        (["10.0.0.0/8"], "10.2.3.4", True),
        (["10.0.0.0/8"], "11.0.0.1", False),
        (["10.0.0.0/8"], "::ffff:10.2.3.4", True),
        (["10.0.0.0/8"], "2001:db8::1", False),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["10.0.0.0/8"], None, False),
        (["10.0.0.0/8"], "no address", False),
    ],
)
def test_from_where_a_key_may_be_used(held: list[str], address: str | None, allowed: bool) -> None:
    assert allows(networks_of(held), address) is allowed


@given(held=networks, wanted=networks, address=st.ip_addresses())
def test_what_is_handed_on_allows_no_other_address(
    held: list[str], wanted: list[str], address: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    if within(wanted, held=held) and allows(networks_of(wanted), str(address)):
        assert allows(networks_of(held), str(address))


def test_networks_are_kept_in_one_form() -> None:
    assert parse_networks(["10.1.2.3", "2001:DB8::/32", "10.1.2.3/32"]) == ["10.1.2.3/32", "2001:db8::/32"]


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "10.0.0.0/33", "localhost", "", "10.0.0.0/8 "])
def test_what_is_no_network_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidNetwork):
        parse_networks([wrong])

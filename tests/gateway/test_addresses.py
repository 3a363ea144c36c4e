"""Where a request comes from, with and without proxies before us."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from gateway.addresses import TrustedProxies, network_of

NOBODY = TrustedProxies()
OURS = TrustedProxies.of(["10.0.0.0/8", "fd00::/8"])


def test_without_trusted_proxies_a_forwarded_address_is_ignored() -> None:
    assert NOBODY.client("198.51.100.7", "203.0.113.9") == "198.51.100.7"


def test_a_stranger_can_not_name_another_address() -> None:
    assert OURS.client("198.51.100.7", "203.0.113.9") == "198.51.100.7"


def test_behind_a_trusted_proxy_the_client_is_who_it_names() -> None:
    assert OURS.client("10.1.2.3", "203.0.113.9") == "203.0.113.9"


def test_of_a_chain_the_rightmost_stranger_is_the_client() -> None:
    """What stands left of it, the client may have written."""
    assert OURS.client("10.1.2.3", "192.0.2.1, 203.0.113.9, 10.9.9.9") == "203.0.113.9"


def test_a_chain_of_proxies_alone_leads_to_the_first_of_them() -> None:
    assert OURS.client("10.1.2.3", "10.7.7.7, 10.9.9.9") == "10.7.7.7"


@pytest.mark.parametrize("claim", ["", "unknown", "203.0.113.9, _hidden", "999.1.1.1", "\x00", "', DROP"])
def test_a_claim_that_is_no_address_leaves_the_proxy(claim: str) -> None:
    assert OURS.client("10.1.2.3", claim) == "10.1.2.3"


@pytest.mark.parametrize(
    ("claim", "client"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_ports_brackets_and_mapped_addresses_are_read(claim: str, client: str) -> None:
    assert OURS.client("10.1.2.3", claim) == client


def test_a_unix_socket_is_trusted_only_when_it_is_named() -> None:
    assert TrustedProxies.of(["unix"]).client("", "203.0.113.9") == "203.0.113.9"
    assert OURS.client("", "203.0.113.9") is None


@given(st.text(max_size=80))
def test_no_header_makes_an_error_or_something_that_is_no_address(claim: str) -> None:
    client = OURS.client("10.1.2.3", claim)
    assert client is not None
    assert network_of(client) != "unknown"


def test_an_ipv6_subscriber_shares_one_allowance() -> None:
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::9") != network_of("2001:db8:1:2::9")


def test_ipv4_addresses_have_an_allowance_each_however_they_are_written() -> None:
    assert network_of("203.0.113.9") == network_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert network_of(None) == network_of("") == "unknown"


def test_a_trusted_proxy_that_is_no_network_is_refused_at_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        TrustedProxies.of(["10.0.0.0/8", "proxy.example"])

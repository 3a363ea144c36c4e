"""The networks from which a key may be used, in CIDR notation."""

import ipaddress
from collections.abc import Iterable, Sequence

from domains.kernel.failures import Invalid

NETWORKS_MAX = 50

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class InvalidNetwork(Invalid):
    """Not a network in CIDR notation, or too many of them."""

    code = "INVALID_NETWORK"


def parse_networks(texts: Iterable[str]) -> list[str]:
    """Return the networks in canonical form, sorted, each once; raise InvalidNetwork."""
    found = set()
    for text in texts:
        try:
            found.add(str(ipaddress.ip_network(text)))
        except ValueError:
            raise InvalidNetwork(
                "A network is written like 203.0.113.0/24 or 2001:db8::/32.", path=("allowedNetworks",)
            ) from None
    if len(found) > NETWORKS_MAX:
        raise InvalidNetwork(f"A key has at most {NETWORKS_MAX} networks.", path=("allowedNetworks",))
    return sorted(found)


def networks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return stored networks ready to be compared with addresses."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def allows(networks: Sequence[Network], address: str | None) -> bool:
    """Tell whether an address lies in one of the networks; no network means any address."""
    if not networks:
        return True
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in networks)


def within(wanted: Iterable[str], *, held: Iterable[str]) -> bool:
    """Tell whether every address that `wanted` allows is allowed by `held`; an empty list means any."""
    outer, inner = networks_of(held), networks_of(wanted)
    if not outer:
        return True
    return bool(inner) and all(any(_is_part(each, whole) for whole in outer) for each in inner)


def _is_part(network: Network, whole: Network) -> bool:
    return network.version == whole.version and network.subnet_of(whole)  # type: ignore[arg-type] # same version

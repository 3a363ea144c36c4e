"""Where a request comes from: the socket's peer, or behind trusted proxies the client that they name.

`X-Forwarded-For` is a claim of whoever sent it. It is read only when the peer is a proxy that the settings name,
and from the right: the first address that is not such a proxy is the client, whatever stands left of it.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

UNIX = "unix"  # the peer of a Unix socket has no address
IPV6_PREFIX_BITS = 64  # one subscriber's: an allowance for each single address of it would be no limit


@dataclass(frozen=True)
class TrustedProxies:
    """The networks whose word about their clients is taken; `unix` for a proxy on a Unix socket."""

    networks: tuple[Network, ...] = ()
    unix: bool = False

    @classmethod
    def configured(cls) -> "TrustedProxies":
        """Return the proxies of `settings.TRUSTED_PROXIES`, a list of networks."""
        return cls.of(getattr(settings, "TRUSTED_PROXIES", ()))

    @classmethod
    def of(cls, names: Sequence[str]) -> "TrustedProxies":
        """Return the proxies of these networks; raise ImproperlyConfigured when one is none."""
        try:
            networks = tuple(ipaddress.ip_network(name) for name in names if name != UNIX)
        except ValueError as error:
            raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}.") from None
        return cls(networks, UNIX in names)

    def client(self, peer: str, forwarded: str) -> str | None:
        """Return the client's address: the peer, or the first one from the right that is no proxy of ours."""
        if not self.networks and not self.unix:
            return peer.partition("%")[0] or None  # an IPv6 zone is of this machine only
        found, trusted = _address(peer), self.trusts(peer)
        for claim in reversed(forwarded.split(",") if trusted else ()):
            claimed = _address(claim)
            if claimed is None:
                break  # no address at all: what is left of it is worth nothing
            found = claimed
            if not self._are(claimed):
                break
        return str(found) if found is not None else None

    def trusts(self, peer: str) -> bool:
        """Tell whether a peer is a proxy whose word about its clients is taken."""
        found = _address(peer)
        return self.unix if found is None else self._are(found)

    def _are(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)


def _address(text: str) -> Address | None:
    """Return the address that a text is, without a port and brackets, an IPv4 address in IPv6 as IPv4."""
    text = text.strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


@lru_cache(maxsize=4096)
def network_of(address: str | None) -> str:
    """Return what shares an allowance: an IPv4 address, an IPv6 network, or everyone without an address."""
    found = _address(address or "")
    if found is None:
        return "unknown"
    if found.version == 6:
        return str(ipaddress.ip_network((found, IPV6_PREFIX_BITS), strict=False))
    return str(found)

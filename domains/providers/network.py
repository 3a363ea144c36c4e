"""Sockets with two rules that HTTP libraries lack: a deadline for the whole call, and only allowed addresses.

Time-outs of HTTP libraries hold for each read, so a server that sends one byte a second is waited for without
end. Here every time-out carries the call's deadline and is cut to what is left of it.

A name is resolved here, the addresses are checked, and the one that was checked is connected to: a name that
changes its address between check and use (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from typing import Any

import httpcore2
import httpx2

LEFT_MIN_S = 0.001  # a time-out of zero would mean "do not block"
Allowed = Callable[[str], bool]


class AddressRefused(httpcore2.ConnectError):
    """The name leads to an address of a private network, and is not one that may."""


class Until(float):
    """A time-out in seconds that ends with the call's deadline (monotonic seconds) at the latest."""

    deadline: float

    def __new__(cls, seconds: float, deadline: float) -> "Until":
        """Return the time-out."""
        made = super().__new__(cls, seconds)
        made.deadline = deadline
        return made


def left(timeout: float | None, late: type[Exception]) -> float | None:
    """Return what is left of a time-out in seconds; raise `late` when the deadline has passed."""
    if not isinstance(timeout, Until):
        return timeout
    remaining = timeout.deadline - time.monotonic()
    if remaining <= LEFT_MIN_S:
        raise late("The deadline of the call has passed.")
    return min(float(timeout), remaining)


class Stream(httpcore2.NetworkStream):
    """A connection that keeps the deadline at every read and write."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read once."""
        return self._inner.read(max_bytes, left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        self._inner.write(buffer, left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Begin TLS; the certificate is checked against the name, not the address."""
        within = left(timeout, httpcore2.ConnectTimeout)
        return Stream(self._inner.start_tls(ssl_context, server_hostname, within))

    def get_extra_info(self, info: str) -> Any:
        """Pass on what the library asks."""
        return self._inner.get_extra_info(info)


class Backend(httpcore2.NetworkBackend):
    """Connects to addresses that are public, or whose name `private_allowed` lets through."""

    def __init__(self, private_allowed: Allowed) -> None:
        self._private_allowed = private_allowed
        self._inner = httpcore2.SyncBackend()
        self._resolver = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolve")

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first checked address of the name that answers."""
        failure: Exception = httpcore2.ConnectError("The name has no address.")
        for address in self._checked(host, port, timeout):
            try:
                return Stream(
                    self._inner.connect_tcp(
                        address, port, left(timeout, httpcore2.ConnectTimeout), local_address, socket_options
                    )
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def _checked(self, host: str, port: int, timeout: float | None) -> list[str]:
        addresses = [host] if _is_address(host) else self._resolved(host, port, timeout)
        if not self._private_allowed(host) and not all(map(is_public, addresses)):
            raise AddressRefused("The name leads into a private network.")
        return addresses

    def _resolved(self, host: str, port: int, timeout: float | None) -> list[str]:
        looking_up = self._resolver.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = looking_up.result(left(timeout, httpcore2.ConnectTimeout))
        except NotInTime:
            raise httpcore2.ConnectTimeout("The name was not resolved in time.") from None
        except OSError:
            raise httpcore2.ConnectError("The name can't be resolved.") from None
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public Internet; one hidden in an IPv6 address counts."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo and parsed.teredo[1])
        if inner:
            return is_public(str(inner))
        if parsed in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
        if any(parsed in network for network in OF_A_SITE):
            return False
    return parsed.is_global and not parsed.is_multicast


NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What Python calls global and is none of the Internet's: a site's own translation (RFC 8215), site-local addresses
# (RFC 3879), and IPv4 addresses in forms that nobody should use any more (RFC 4291, 2.5.5.1; RFC 2765).
OF_A_SITE = tuple(
    map(ipaddress.IPv6Network, ("64:ff9b:1::/48", "fec0::/10", "::/96", "::ffff:0:0:0/96")),
)


class Transport(httpx2.HTTPTransport):
    """The library's transport over our sockets; proxies of the environment are not used."""

    def __init__(self, *, private_allowed: Allowed, connections_max: int, keepalive_s: float) -> None:
        context = ssl.create_default_context()
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context,
            max_connections=connections_max,
            max_keepalive_connections=connections_max,
            keepalive_expiry=keepalive_s,
            network_backend=Backend(private_allowed),
        )

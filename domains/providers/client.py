"""The only door to the network: one HTTP exchange with a configured provider, under one deadline.

It follows no redirect, uses no proxy of the environment, keeps no cookie, and reads at most BODY_BYTES_MAX.
Connections are pooled by process. What is sent and what an answer means is not decided here.
"""

import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2
from django.conf import settings

from domains.providers.adapter import Raw
from domains.providers.network import AddressRefused, Transport, Until

BODY_BYTES_MAX = 1024 * 1024
CONNECTIONS_MAX = 100  # of one process, to all providers; each provider's own limit is lower
KEEPALIVE_S = 4.0  # below the five seconds after which many servers hang up on an idle connection


# The library would write whole addresses, with what stands in their queries.
logging.getLogger("httpx2").setLevel(logging.WARNING)


class NoAnswer(Exception):
    """No whole answer came. `code` is one of the common meanings; `sent` whether the request may have arrived."""

    def __init__(self, code: str, *, sent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long is waited, in milliseconds: to connect, for each read, and for the whole call."""

    connect_ms: int
    read_ms: int
    total_ms: int


def exchange(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes,
    timeouts: Timeouts,
    deadline: float,
) -> Raw:
    """Send one request and return the whole answer; `deadline` in monotonic seconds. Raises NoAnswer."""
    connect, read = (
        Until(milliseconds / 1000, deadline) for milliseconds in (timeouts.connect_ms, timeouts.read_ms)
    )
    client = _client()
    try:
        request = client.build_request(
            method,
            url,
            headers=dict(headers),
            content=content,
            extensions={"timeout": {"connect": connect, "pool": connect, "read": read, "write": read}},
        )
        response = client.send(request, stream=True)
        try:
            body = _body(response, deadline)
        finally:
            response.close()
    except (httpx2.ConnectTimeout, httpx2.PoolTimeout):
        raise NoAnswer("CONNECT_TIMEOUT", sent=False) from None
    except httpx2.InvalidURL:  # what Django takes for an address and the library does not
        raise NoAnswer("UNREACHABLE", sent=False) from None
    except httpx2.ConnectError as error:
        refused = isinstance(error.__cause__, AddressRefused)
        raise NoAnswer("ADDRESS_REFUSED" if refused else "UNREACHABLE", sent=False) from None
    except httpx2.TimeoutException:
        raise NoAnswer("TIMEOUT", sent=True) from None
    except httpx2.HTTPError:
        raise NoAnswer("CUT_OFF", sent=True) from None
    return Raw(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)


def prepare() -> None:
    """Make this process's client, if it has none yet: it takes a moment that is no part of any call."""
    _client()


def close() -> None:
    """Close this process's client and the connections that it keeps."""
    if (client := _clients.pop(os.getpid(), None)) is not None:
        client.close()


def _body(response: httpx2.Response, deadline: float) -> bytes:
    """Read the body; give up when it grows too large or the deadline passes.

    It is not decompressed: none was asked for, and a small body can be made to unpack to gigabytes.
    """
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            raise NoAnswer("ANSWER_TOO_LARGE", sent=True)
        if time.monotonic() > deadline:
            raise NoAnswer("TIMEOUT", sent=True)
    return bytes(body)


def private_allowed(host: str) -> bool:
    """Tell whether a host of this name may be at a private address: outside production, or if it is listed."""
    return not settings.PRODUCTION or host.lower() in settings.PROVIDER_PRIVATE_HOSTS


_lock = threading.Lock()
_clients: dict[int, httpx2.Client] = {}


def _client() -> httpx2.Client:
    """Return this process's client; a connection must not be shared with the process that was forked from."""
    process = os.getpid()
    client = _clients.get(process)
    if client is None:
        with _lock:
            client = _clients.get(process) or httpx2.Client(
                transport=Transport(
                    private_allowed=private_allowed, connections_max=CONNECTIONS_MAX, keepalive_s=KEEPALIVE_S
                ),
                follow_redirects=False,
                trust_env=False,
                headers={
                    "accept": "application/json",
                    "accept-encoding": "identity",
                    "user-agent": "banking-middleware",
                },
            )
            _clients[process] = client
    return client

"""Notices that the sandbox sends of its own accord, signed as Standard Webhooks have it, by one thread.

Each is sent until it is taken, five times at most. Nothing here knows what a notice says.
"""

import base64
import hashlib
import heapq
import hmac
import itertools
import json
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TRIES_MAX, AGAIN_S, TIMEOUT_S = 5, 1.0, 3.0


@dataclass(order=True)
class Notice:
    """What is sent to whom and when; `secret` is the key that the receiver brought."""

    at: float
    number: int
    url: str = field(compare=False)
    body: Mapping[str, Any] = field(compare=False)
    event_id: str = field(compare=False)
    secret: str = field(compare=False)
    genuine: bool = field(compare=False, default=True)
    tries: int = field(compare=False, default=0)


class Notifier:
    """Sends notices when they are due."""

    def __init__(self) -> None:
        self._due: list[Notice] = []
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def send(
        self,
        *,
        after_s: float,
        url: str,
        body: Mapping[str, Any],
        event_id: str,
        secret: str,
        genuine: bool = True,
    ) -> None:
        """Send a notice in a while."""
        self._put(
            Notice(time.time() + after_s, next(self._numbers), url, body, event_id, secret, genuine=genuine)
        )

    def _put(self, notice: Notice) -> None:
        with self._changed:
            heapq.heappush(self._due, notice)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0].at > time.time():
                    self._changed.wait(timeout=self._due[0].at - time.time() if self._due else None)
                notice = heapq.heappop(self._due)
            if not _sent(notice) and notice.tries + 1 < TRIES_MAX:
                notice.tries += 1
                notice.at = time.time() + AGAIN_S * notice.tries
                self._put(notice)


def signed(*, event_id: str, body: bytes, secret: str, moment: int, genuine: bool = True) -> dict[str, str]:
    """Return the headers of a notice: its id, the time, and the signature over both and the body."""
    told = f"{event_id}.{moment}.".encode() + body
    signature = base64.b64encode(hmac.new(secret.encode(), told, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{signature if genuine else signature[::-1]}",
    }


def _sent(notice: Notice) -> bool:
    body = json.dumps(notice.body).encode()
    headers = signed(
        event_id=notice.event_id, body=body, secret=notice.secret, moment=int(time.time()),
        genuine=notice.genuine,
    )  # fmt: skip
    try:
        request = urllib.request.Request(notice.url, body, headers)  # noqa: S310  whoever asked said where
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310  likewise
            return bool(200 <= response.status < 300)
    except (OSError, ValueError):
        return False

"""Keys as a process remembers them: read again every few seconds, so that a rotation needs no restart."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.core.exceptions import ImproperlyConfigured

LOOKED_AT_EVERY_S = 5.0

log = logging.getLogger("vault.keys")
T = TypeVar("T")


class Remembered(Generic[T]):
    """What `parse` made of the text that `read` gave last.

    What can't be read or parsed any more (a file that is being replaced) leaves the keys that are known in
    place; only a process that never had any is refused. Reading and parsing raise ImproperlyConfigured.
    """

    def __init__(self, *, read: Callable[[], str], parse: Callable[[str], T]) -> None:
        self._read, self._parse = read, parse
        self._lock = threading.Lock()
        self._keys: T | None = None
        self._text, self._read_at = "", 0.0

    def keys(self) -> T:
        """Return the keys, read no longer ago than LOOKED_AT_EVERY_S."""
        known = self._keys
        return known if known is not None and self.age_s() < LOOKED_AT_EVERY_S else self.reread()

    def age_s(self) -> float:
        """Return how many seconds ago the keys were read."""
        return time.monotonic() - self._read_at

    def reread(self) -> T:
        """Read now, whatever the age; return the same object as before when nothing changed."""
        with self._lock:
            try:
                text = self._read()
                if self._keys is None or text != self._text:
                    self._keys, self._text = self._parse(text), text
            except ImproperlyConfigured as error:
                if self._keys is None:
                    raise
                log.error("The keys that are known are used on. %s", error)
            self._read_at = time.monotonic()
            return self._keys

    def forget(self) -> None:
        """Remember nothing: the next use reads."""
        with self._lock:
            self._keys = None

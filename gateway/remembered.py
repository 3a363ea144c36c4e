"""A memory with bounds: the least recently used is forgotten, by number and by weight."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Values by key, shared by threads; at most `number_max` of them, weighing `weight_max` together.

    A number alone bounds nothing when what is kept differs in size a thousandfold, and a stranger chooses it.
    """

    def __init__(self, *, number_max: int, weight_max: int) -> None:
        self.number_max, self.weight_max = number_max, weight_max
        self.weight = 0
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        """Return what is kept under a key, which now counts as used."""
        with self._lock:
            if (found := self._kept.get(key)) is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: Key, value: Value, *, weight: int) -> None:
        """Keep a value, and forget what there is no room for then; what alone is too heavy is not kept."""
        if weight > self.weight_max:
            return
        with self._lock:
            if (replaced := self._kept.pop(key, None)) is not None:
                self.weight -= replaced[1]
            self._kept[key] = (value, weight)
            self.weight += weight
            while len(self._kept) > self.number_max or self.weight > self.weight_max:
                self.weight -= self._kept.popitem(last=False)[1][1]

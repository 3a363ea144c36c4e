"""The blocks of points that this process has taken in advance, and spends without asking anyone.

A block is good for ten seconds; what is left of it is then given back with the next one. While a block lasts, a
request costs one dictionary look-up here. A viewer who is known to have too little is refused without asking the
store either. When the store does not answer, each process goes on by what it last knew, so that the limit
becomes one for each process instead of none.
"""

import logging
import math
import threading
import time
from collections.abc import Callable

from gateway import metrics
from gateway.rates.store import Store, StoreUnavailable, Taken
from gateway.tiers import Tier

log = logging.getLogger("gateway.rates")

BLOCK_KEPT_S = 10.0
ACCOUNTS_MAX = 10_000  # viewers and addresses remembered by a process, some 400 bytes each
ASKED_AGAIN_AFTER_S = 1.0  # of a store that did not answer: not every request shall wait for it
SILENCE_S = 10.0  # between two lines of the log about a store that does not answer


class Exhausted(Exception):
    """The allowance holds too little; `retry_after_s` is when it will hold enough."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


class Account:
    """One viewer's or address's allowance as this process knows it."""

    __slots__ = ("asked_at", "key", "left", "points", "tier", "until")

    def __init__(self, key: str, tier: Tier) -> None:
        self.key, self.tier = key, tier
        self.points = 0  # taken and not yet spent
        self.until = 0.0  # until when they may be spent
        self.left = float(tier.burst_points)  # in the store when it was last asked
        self.asked_at = time.monotonic()

    def estimate(self, now: float) -> float:
        """Return how many points the store may hold now, at most: others take from it too."""
        flown = (now - self.asked_at) * self.tier.points_per_minute / 60
        return min(float(self.tier.burst_points), self.left + flown)

    def remaining(self, now: float) -> int:
        """Return how many points are left, those of the block included, as far as this process knows."""
        return min(self.tier.burst_points, int(self.estimate(now)) + self.points)


class Allowances:
    """The accounts of this process over a shared store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._accounts: dict[tuple[str, object], Account] = {}
        self._lock = threading.Lock()
        self._silent_until = self._away_until = 0.0

    def account(self, who: tuple[str, object], tier: Tier, *, name: Callable[[], str]) -> Account:
        """Return the account of `who`; `name` tells what it is called in the store, if it is opened here."""
        account = self._accounts.get(who)
        if account is None or account.tier is not tier:
            account = Account(f"{tier.name}:{name()}", tier)
            with self._lock:
                self._accounts[who] = account
                while len(self._accounts) > ACCOUNTS_MAX:
                    self._accounts.pop(next(iter(self._accounts)))
        return account

    def spend(self, account: Account, points: int) -> None:
        """Spend points of the block, or of a new one; raise Exhausted when there are too few."""
        now = time.monotonic()
        with self._lock:
            if points <= account.points and now < account.until:
                account.points -= points
                return
            held, account.points = account.points, 0
        usable = held if now < account.until else 0
        try:
            rest = self._lease(account, points - usable, now, back=held - usable)
        except Exhausted:
            with self._lock:
                account.points += usable
            raise
        with self._lock:
            account.points += rest

    def _lease(self, account: Account, at_least: int, now: float, *, back: int) -> int:
        """Take a block of at least so many points; return what is left of it when they are spent."""
        estimate = account.estimate(now) + back
        if estimate < at_least:
            raise self._exhausted(account, at_least - estimate)
        try:
            if now < self._away_until:
                raise StoreUnavailable("asked a moment ago", is_told=True)
            taken = self.store.take(account.key, account.tier, at_least=at_least, back=back)
            metrics.blocks.labels(self.store.name, "taken" if taken.points else "refused").inc()
        except StoreUnavailable as error:
            if now >= self._away_until:
                self._away_until = time.monotonic() + ASKED_AGAIN_AFTER_S
            self._tell(error, now)
            taken = Taken(at_least, estimate - at_least)
            metrics.blocks.labels(self.store.name, "unavailable").inc()
        account.left, account.asked_at = taken.left, now
        if taken.points < at_least:
            raise self._exhausted(account, at_least - taken.left)
        account.until = now + BLOCK_KEPT_S
        return taken.points - at_least

    def _exhausted(self, account: Account, missing: float) -> Exhausted:
        return Exhausted(max(1, math.ceil(missing * 60 / account.tier.points_per_minute)))

    def _tell(self, error: StoreUnavailable, now: float) -> None:
        if not error.is_told and now >= self._silent_until:
            self._silent_until = now + SILENCE_S
            log.warning("Rate limits: the %s store does not answer (%s).", self.store.name, error)

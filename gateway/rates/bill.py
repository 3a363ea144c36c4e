"""What one request pays, and from whose allowance: the viewer's, or the address's of who has no credentials.

A request is paid before it runs. One that is refused before that pays for having been read, so that bad
documents and bad tokens are limited like good ones.
"""

import math
import time
from contextlib import suppress

from domains.vault.sealing import digest
from gateway import metrics
from gateway.addresses import network_of
from gateway.failures import RequestError, refuse
from gateway.rates.allowances import Account, Allowances, Exhausted
from gateway.rates.choice import configured
from gateway.rates.fields import fields
from gateway.tiers import Tiers
from gateway.viewer import ANONYMOUS, Viewer

REQUEST_POINTS_MIN = 1
REFUSAL_POINTS = 10  # reading, parsing and validating a document takes milliseconds


class Rates:
    """Who pays from which allowance."""

    def __init__(self, tiers: Tiers, allowances: Allowances | None = None) -> None:
        self.tiers = tiers
        self.allowances = allowances or Allowances(configured())

    def account(self, viewer: Viewer, address: str | None) -> Account | None:
        """Return the account that pays for a viewer; None for the program itself, which pays nothing."""
        tier = self.tiers.of(viewer)
        if tier is None:
            return None
        if viewer.id is not None:
            kind, key = viewer.kind, viewer.id
            return self.allowances.account((kind, key), tier, name=lambda: f"{kind}:{key}")
        # An address is personal data: the store sees a keyed digest of its network.
        return self.allowances.account(
            ("ADDRESS", address),
            tier,
            name=lambda: "ADDRESS:" + digest(purpose="rates", value=network_of(address)).hex(),
        )


class Bill:
    """What one request pays; until it is known who asks, the address does."""

    def __init__(self, rates: Rates, address: str | None) -> None:
        self._rates, self._address = rates, address
        self._settled = False
        self.account: Account | None = None
        self.payer = ANONYMOUS

    def name_payer(self, viewer: Viewer) -> None:
        """Note who pays; raise RequestError `RATE_LIMITED` when their allowance is known to be empty."""
        self.payer = viewer
        self.account = self._rates.account(viewer, self._address)
        if self.account is not None and self.account.remaining(time.monotonic()) < REQUEST_POINTS_MIN:
            self._settled = True
            per_point_s = 60 / self.account.tier.points_per_minute
            raise _limited(self.account, retry_after_s=max(1, math.ceil(per_point_s)))

    def pay(self, points: int) -> None:
        """Pay for the request; raise RequestError `RATE_LIMITED` when the allowance holds too little."""
        self._settled = True
        if self.account is not None:
            try:
                self._rates.allowances.spend(self.account, max(points, REQUEST_POINTS_MIN))
            except Exhausted as error:
                raise _limited(self.account, retry_after_s=error.retry_after_s) from None

    def pay_refusal(self) -> None:
        """Pay for a request that was refused before it was paid; who can't pay is refused sooner next time."""
        if not self._settled:
            self.account = self.account or self._rates.account(ANONYMOUS, self._address)
            self._settled = True
            with suppress(RequestError):
                self.pay(REFUSAL_POINTS)

    @property
    def request_points_max(self) -> int | None:
        """Return how many points one request of the payer may cost; None: any."""
        return self.account.tier.request_points_max if self.account else None

    @property
    def tier_name(self) -> str | None:
        """Return the name of the payer's tier; None where nobody pays."""
        return self.account.tier.name if self.account else None

    @property
    def remaining(self) -> int | None:
        """Return how many points the payer has left, as far as this process knows; None: it is not counted."""
        return self.account.remaining(time.monotonic()) if self.account else None

    def header_fields(self) -> dict[str, str]:
        """Return the header fields that tell what is left; none where nobody pays."""
        account = self.account
        return fields(account.tier, account.remaining(time.monotonic())) if account else {}


def _limited(account: Account, *, retry_after_s: int) -> RequestError:
    metrics.rate_limited.labels(account.tier.name).inc()
    error = refuse(
        f"The allowance of {account.tier.points_per_minute} points a minute is used up; "
        f"try again in {retry_after_s} seconds.",
        "RATE_LIMITED",
        status=429,
        extensions={"tier": account.tier.name, "retryAfterSeconds": retry_after_s},
    )
    error.headers["Retry-After"] = str(retry_after_s)
    return error

"""Allowances in PostgreSQL: one row for each viewer, one statement for each block.

The row says when the allowance will be full again (the generic cell rate algorithm, ITU-T I.371): what is left
follows from that moment, the tier's burst and its rate. The clock is the database's, so that machines need not
agree. The table is unlogged: it costs no write-ahead log and no flush, and a crash of the server empties it,
which gives everyone a full allowance. Rows that are full again say nothing and are deleted.
"""

import itertools

from django.db import Error, connection

from domains.kernel.outages import outage
from gateway.failures import RequestError
from gateway.models import Allowance
from gateway.planning.runner import reconnecting
from gateway.rates.store import BLOCK_SHARE, StoreUnavailable, Taken
from gateway.tiers import Tier

# Four ways to say one thing: left = burst - (full_at - now) * rate, never more than the burst. `back` points are
# given back first; the block is a share of what is left, at least what is needed, and nothing if that is too much.
TAKE = """
INSERT INTO gateway_allowance AS held (key, granted, full_at)
VALUES (%(key)s, %(first)s, clock_timestamp() + make_interval(secs => %(first)s / %(rate)s))
ON CONFLICT (key) DO UPDATE SET (granted, full_at) = (
    SELECT block, greatest(moment, debt_until) + make_interval(secs => block / %(rate)s)
    FROM (
        SELECT moment, debt_until,
            CASE WHEN room >= %(at_least)s THEN greatest(%(at_least)s, floor(room / %(share)s)) ELSE 0 END AS block
        FROM (
            SELECT moment, debt_until,
                %(burst)s - greatest(0, extract(epoch FROM debt_until - moment)::float8) * %(rate)s AS room
            FROM (
                SELECT clock_timestamp() AS moment,
                    held.full_at - make_interval(secs => %(back)s / %(rate)s) AS debt_until
            ) AS debt
        ) AS rooms
    ) AS blocks
)
RETURNING granted, %(burst)s - extract(epoch FROM full_at - clock_timestamp())::float8 * %(rate)s
"""
FULL_AGAIN = "DELETE FROM gateway_allowance WHERE full_at < clock_timestamp()"
SWEEP_EVERY = 1_000  # blocks taken by this process


class PostgresStore:
    """Allowances in the table of the model Allowance."""

    name = "postgres"

    def __init__(self) -> None:
        assert Allowance._meta.db_table == "gateway_allowance"
        self._turns = itertools.count(1)

    def take(self, key: str, tier: Tier, *, at_least: int, back: int) -> Taken:
        """Give back, then take a block, in one statement of its own transaction."""
        values: dict[str, str | float] = {
            "key": key,
            "rate": tier.points_per_minute / 60,
            "burst": float(tier.burst_points),
            "share": float(BLOCK_SHARE),
            "at_least": float(at_least),
            "back": float(back),
            "first": float(max(at_least, tier.burst_points // BLOCK_SHARE)),
        }
        try:
            points, left = reconnecting(lambda: self._execute(values))
        except (Error, RequestError) as error:
            is_told = isinstance(error, RequestError) or outage.explains(error)
            raise StoreUnavailable(type(error).__name__, is_told=is_told) from None
        return Taken(int(points), min(float(left), float(tier.burst_points)))

    def _execute(self, values: dict[str, str | float]) -> tuple[float, float]:
        with connection.cursor() as cursor:
            cursor.execute(TAKE, values)
            row: tuple[float, float] = cursor.fetchone()
            if next(self._turns) % SWEEP_EVERY == 0:
                cursor.execute(FULL_AGAIN)
        return row

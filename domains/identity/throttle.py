"""Throttling by GCRA in one statement: what someone is allowed flows back steadily, up to a burst.

The present moment is the database's, so gateways with different clocks count alike. ORM upserts can't be
conditional, hence the SQL.
"""

import math
from dataclasses import dataclass
from typing import Any

from django.db import connection

_TAKE = """
INSERT INTO identity_throttle AS held (key, spent_until)
VALUES (%(key)s, clock_timestamp() + make_interval(secs => %(every)s))
ON CONFLICT (key) DO UPDATE
SET spent_until = greatest(held.spent_until, clock_timestamp()) + make_interval(secs => %(every)s)
WHERE held.spent_until <= clock_timestamp() + make_interval(secs => %(ahead)s)
RETURNING true
"""
_WAIT = """
SELECT extract(epoch FROM spent_until - clock_timestamp()) - %(ahead)s FROM identity_throttle WHERE key = %(key)s
"""
_GIVE_BACK = """
UPDATE identity_throttle SET spent_until = spent_until - make_interval(secs => %(every)s) WHERE key = %(key)s
"""
_FORGET = "DELETE FROM identity_throttle WHERE key = %s OR spent_until < clock_timestamp()"


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many at once (`burst`), and one more every `every_s` seconds."""

    burst: int
    every_s: float


def take(*, key: bytes, allowance: Allowance) -> int:
    """Take one from what `key` is allowed; return 0, or the seconds to wait when nothing is left."""
    ahead = allowance.every_s * (allowance.burst - 1)
    values: dict[str, Any] = {"key": key, "every": allowance.every_s, "ahead": ahead}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.fetchone() is not None:
            return 0
        cursor.execute(_WAIT, values)
        row = cursor.fetchone()
    return max(1, math.ceil(row[0])) if row else 1


def give_back(*, key: bytes, allowance: Allowance) -> None:
    """Give back one that was taken."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"key": key, "every": allowance.every_s})


def forget(*, key: bytes) -> None:
    """Let `key` start afresh, and remove the rows of everyone whose allowance is whole again."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [key])

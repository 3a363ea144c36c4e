"""Checks that bureaus still have to answer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import strawberry

from domains.kyc.verification import checks_promised
from gateway.scalars import DateTime
from schema.jobs import JobState
from schema.kyc.words import KYCCheck


@strawberry.type(description="A check that a bureau still has to answer.")
class KYCCheckUnderWay:
    """A check that a bureau still has to answer."""

    check: KYCCheck = strawberry.field(description="What is checked.")
    state: JobState = strawberry.field(description="PARKED waits for a person: it failed too often.")
    tries: int = strawberry.field(description="How often it was tried.")
    next_at: DateTime = strawberry.field(description="When it is tried next.")


def computed_checks(parents: Sequence[tuple[Any, ...]]) -> list[list[dict[str, object]]]:
    """Return the checks under way of each (profile's key,) as their parts."""
    found = checks_promised([UUID(key) for (key,) in parents])
    return [
        [
            {
                "check": check.value,
                "state": job.state,
                "tries": job.tries,
                "nextAt": job.due_at.isoformat(),
            }
            for check, job in each
        ]
        for each in found
    ]

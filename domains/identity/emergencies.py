"""Breaking the glass: a person takes, for a short time and with a stated reason, access that their roles lack.

It is theirs at once, nobody has to agree first; so everybody who must know is told, and it ends by itself. What
the access opens is the policy's affair (`schema/policy.py`); here it is a role of its own, which is never granted.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.identity.models import EmergencyAccess, User
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.failures import Conflict, Invalid, NotAllowed

log = logging.getLogger("identity.emergencies")

ROLE = "break_glass"
REASON_LENGTH_MIN, REASON_LENGTH_MAX = 15, 500
MINUTES_MAX = 60


class NotAPerson(NotAllowed):
    """Only a person who is signed in can state an emergency."""

    code = "NOT_A_PERSON"


class ReasonNeeded(Invalid):
    """No reason, or none that anyone could judge."""

    code = "REASON_NEEDED"


class TooLong(Invalid):
    """Longer than an emergency may last."""

    code = "TOO_LONG"


class GlassIsBroken(Conflict):
    """It is already."""

    code = "GLASS_IS_BROKEN"


def break_glass(*, actor: Actor, reason: str, minutes: int) -> datetime:
    """Give the actor emergency access and return until when.

    Raises NotAPerson, ReasonNeeded, TooLong, or GlassIsBroken while an earlier one lasts.
    """
    reason, moment = reason.strip(), now()
    if actor.kind is not ActorKind.USER or actor.id is None:
        raise NotAPerson("Only a person who is signed in can break the glass.")
    if not REASON_LENGTH_MIN <= len(reason) <= REASON_LENGTH_MAX:
        message = f"Say in {REASON_LENGTH_MIN} to {REASON_LENGTH_MAX} characters what the emergency is."
        raise ReasonNeeded(message, path=("reason",))
    if not 1 <= minutes <= MINUTES_MAX:
        raise TooLong(f"It lasts 1 to {MINUTES_MAX} minutes; it can be broken again.", path=("minutes",))
    with transaction.atomic():
        User.objects.select_for_update().get(id=actor.id)
        if EmergencyAccess.objects.filter(user_id=actor.id, ended_at=None, expires_at__gt=moment).exists():
            raise GlassIsBroken("You have emergency access already: end it first.")
        until = moment + timedelta(minutes=minutes)
        access = EmergencyAccess.objects.create(
            user_id=actor.id, reason=reason, began_at=moment, expires_at=until
        )
        changes = [
            Change("identity_emergencyaccess", access.id, "reason", None, reason, in_clear=True),
            Change(
                "identity_emergencyaccess", access.id, "expires_at", None, until.isoformat(), in_clear=True
            ),
        ]
        record(
            event=Event.BREAK_GLASS, actor=actor, operation_name="break_glass", code="BEGUN", changes=changes
        )
    log.warning(
        "The glass was broken.", extra={"fields": {"user": str(actor.id), "until": until.isoformat()}}
    )
    return until


def end_emergency(*, actor: Actor) -> bool:
    """Give emergency access back before its time; tell whether there was any."""
    if actor.kind is not ActorKind.USER or actor.id is None:
        return False
    with transaction.atomic():
        lasting = EmergencyAccess.objects.select_for_update().filter(
            user_id=actor.id, ended_at=None, expires_at__gt=now()
        )
        ended = [access.id for access in lasting]
        EmergencyAccess.objects.filter(id__in=ended).update(ended_at=now())
        for access_id in ended:
            change = Change("identity_emergencyaccess", access_id, "ended_at", None, "now", in_clear=True)
            record(
                event=Event.BREAK_GLASS,
                actor=actor,
                operation_name="end_break_glass",
                code="ENDED",
                changes=[change],
            )
    return bool(ended)

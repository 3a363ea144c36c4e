"""Breaking the glass, and giving the access back."""

import strawberry

from domains.identity.emergencies import MINUTES_MAX, REASON_LENGTH_MIN, end_emergency
from domains.identity.emergencies import break_glass as take
from domains.kernel.actor import Actor
from gateway.declaration import argument, operation
from gateway.scalars import DateTime
from schema.refusals import Problem, refusals_as


@strawberry.type(description="Emergency access, or what was wrong.")
class BreakGlassPayload:
    """Emergency access, or what was wrong."""

    until: DateTime | None = strawberry.field(
        default=None, description="When it ends by itself; null when refused."
    )
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.type(description="Emergency access that was given back.")
class EndBreakGlassPayload:
    """Emergency access that was given back."""

    ended: bool = strawberry.field(default=False, description="Whether there was any.")
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@refusals_as(BreakGlassPayload)
def break_glass(actor: Actor, reason: str, minutes: int) -> BreakGlassPayload:
    """Take emergency access."""
    return BreakGlassPayload(until=take(actor=actor, reason=reason, minutes=minutes))  # type: ignore[arg-type] # a datetime is the scalar


@refusals_as(EndBreakGlassPayload)
def end_break_glass(actor: Actor) -> EndBreakGlassPayload:
    """Give emergency access back."""
    return EndBreakGlassPayload(ended=end_emergency(actor=actor))


@strawberry.type
class EmergencyMutations:
    """Emergency access."""

    break_glass: BreakGlassPayload | None = operation(
        "Take access that your roles lack, for a short time and a stated reason. It works within five seconds; "
        "auditors, administrators and operations see that you did, and customers what you read.",
        run=break_glass,
        arguments={
            "reason": argument(str, f"What the emergency is, in {REASON_LENGTH_MIN} characters or more."),
            "minutes": argument(int, f"How long: 1 to {MINUTES_MAX}."),
        },
    )
    end_break_glass: EndBreakGlassPayload | None = operation(
        "Give emergency access back before it ends.", run=end_break_glass, arguments={}
    )

"""What can be said against an action on a KYC profile."""

from datetime import datetime

from domains.kernel.failures import Conflict, Invalid, NotAllowed, NotFound, Refused


def told(moment: datetime) -> str:
    """Return a time as a sentence tells it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


class ProfileNotFound(NotFound):
    """No profile has this id, or none that the actor may know of."""

    code = "KYC_PROFILE_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such KYC profile.", path=("id",))


class ProfileExists(Conflict):
    """The customer has a profile already."""

    code = "KYC_PROFILE_EXISTS"

    def __init__(self) -> None:
        super().__init__(
            "This customer has a KYC profile already: change it or renew it.", path=("customer",)
        )


class StaleProfile(Conflict):
    """The profile was changed since the caller read it; tells staff by whom, and everyone when."""

    code = "STALE_VERSION"

    def __init__(self, *, status: str, changed_by: str | None, changed_at: datetime) -> None:
        who = changed_by or "Somebody else"
        super().__init__(
            f"{who} changed this profile at {told(changed_at)}; it is {status} now. Read it again.",
            path=("version",),
        )
        self.changed_by, self.changed_at = changed_by, changed_at


class WrongState(Refused):
    """The action is not possible in the profile's state."""

    code = "KYC_WRONG_STATE"

    def __init__(self, *, action: str, status: str, possible: list[str]) -> None:
        where = f"it is possible in {', '.join(possible)}" if possible else "it is not possible in any"
        super().__init__(f"The profile is {status}; to {action.lower()} it, {where}.", path=("id",))


class ActionNotAllowed(NotAllowed):
    """The action is not the actor's in any state."""

    code = "KYC_NOT_ALLOWED"

    def __init__(self, action: str) -> None:
        super().__init__(f"To {action.lower()} this profile is not yours to do.", path=("id",))


class SamePerson(NotAllowed):
    """Maker and checker are never the same person."""

    code = "KYC_SAME_PERSON"

    def __init__(self) -> None:
        super().__init__("You proposed this decision yourself: another officer must check it.", path=("id",))


class OwnEvidence(NotAllowed):
    """Who recorded evidence by hand does not check the approval that rests on it."""

    code = "KYC_OWN_EVIDENCE"

    def __init__(self) -> None:
        super().__init__(
            "The approval rests on evidence that you recorded by hand: another officer must check it.",
            path=("id",),
        )


class InvalidReference(Invalid):
    """A reference is missing, too long or not printable."""

    code = "INVALID_REFERENCE"

    def __init__(self, length_max: int) -> None:
        super().__init__(f"A reference has 1 to {length_max} printable characters.", path=("reference",))


class InvalidReason(Invalid):
    """A reason is missing, too long or not printable."""

    code = "INVALID_REASON"

    def __init__(self, length_max: int, place: str = "reason") -> None:
        super().__init__(f"A {place} has 1 to {length_max} printable characters.", path=(place,))


class InvalidChoice(Invalid):
    """Not one of the words that stand here."""

    code = "INVALID_CHOICE"


class ParticularMissing(Refused):
    """The profile can't be submitted without this."""

    code = "KYC_INCOMPLETE"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is needed before the profile can be submitted.", path=(name,))


class EvidenceMissing(Refused):
    """A check that approval needs was not made, or not of the present particulars, or too long ago."""

    code = "KYC_EVIDENCE_MISSING"

    def __init__(self, check: str) -> None:
        super().__init__(f"There is no standing evidence of the check {check}.", path=("evidence", check))


class EvidenceAgainst(Refused):
    """The last answer to a check speaks against approval."""

    code = "KYC_EVIDENCE_AGAINST"

    def __init__(self, check: str) -> None:
        super().__init__(f"The check {check} failed.", path=("evidence", check))


class ReviewOpen(Refused):
    """A review case must be resolved first."""

    code = "KYC_REVIEW_OPEN"

    def __init__(self) -> None:
        super().__init__("A review case of this profile is open: resolve it first.", path=("id",))


class DecisionPending(Conflict):
    """A decision waits to be checked."""

    code = "KYC_DECISION_PENDING"

    def __init__(self, *, changed_by: str, changed_at: datetime) -> None:
        super().__init__(
            f"{changed_by} proposed a decision at {told(changed_at)}, which must be checked first.",
            path=("id",),
        )
        self.changed_by, self.changed_at = changed_by, changed_at


class NoDecision(Refused):
    """Nobody proposed a decision that could be checked."""

    code = "KYC_NO_DECISION"

    def __init__(self) -> None:
        super().__init__("No decision on this profile waits to be checked.", path=("id",))


class CaseNotFound(NotFound):
    """No review case has this id."""

    code = "KYC_CASE_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such review case.", path=("id",))


class CaseResolved(Conflict):
    """Another one resolved the case."""

    code = "KYC_CASE_RESOLVED"

    def __init__(self, *, changed_by: str, changed_at: datetime) -> None:
        super().__init__(f"{changed_by} resolved this case at {told(changed_at)}.", path=("id",))
        self.changed_by, self.changed_at = changed_by, changed_at

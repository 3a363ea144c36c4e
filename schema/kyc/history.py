"""What happened to a profile: changes of its state, evidence, decisions."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, TextField
from django.db.models.expressions import Combinable

from domains.kyc import models
from gateway.classification import Classification as C
from gateway.declaration import column, computed, entity, global_id, to_one
from gateway.filters import DateTimeLookup, EnumLookup, SortDirection, filter_input, filter_on
from gateway.scalars import Date, DateTime, ExactDecimal
from schema.kyc.words import (
    KYCAction,
    KYCCheck,
    KYCDecisionOutcome,
    KYCFinding,
    KYCNoticeChannel,
    KYCStatus,
    KYCVerdict,
    RiskCategory,
)
from schema.node import Node
from schema.words import ActorKind

if TYPE_CHECKING:
    from schema.kyc.profiles import KYCProfile

Profile = Annotated["KYCProfile", strawberry.lazy("schema.kyc.profiles")]


def _evidence_ids() -> Combinable:
    """Return the global ids of the evidence whose keys a row holds."""
    template = "ARRAY(SELECT 'KYCEvidence:' || each FROM unnest(%(expressions)s) AS each)"
    return Func(F("evidence"), template=template, output_field=ArrayField(TextField()))


@entity(
    models.KYCStateChange,
    name="KYCStateChange",
    description="One change of a KYC profile's state; the latest one up to a moment is the state as of then.",
    subject="profile__customer_id",
)
class KYCStateChange(Node):
    """One change of a KYC profile's state."""

    id: strawberry.ID = global_id()
    profile: Profile | None = to_one(C.PUBLIC, "What changed.")
    action: KYCAction = column(C.PUBLIC, "What was done.")
    from_status: KYCStatus | None = column(C.PUBLIC, "The state before; none for the first.")
    to_status: KYCStatus = column(C.PUBLIC, "The state after.")
    maker_kind: ActorKind = column(C.PUBLIC, "What kind of principal made it.")
    maker_name: str | None = column(C.PERSONAL, "Who made it, or proposed it.")
    checker_name: str | None = column(C.PERSONAL, "Who checked it, where it takes two.")
    reason: str | None = column(C.PERSONAL, "Why.")
    evidence: list[strawberry.ID] | None = computed(
        C.PERSONAL, "The evidence that it rests on, by global id.", expression=_evidence_ids
    )
    risk_category: RiskCategory | None = column(C.PERSONAL, "How closely the customer was watched after it.")
    verified_at: DateTime | None = column(C.PUBLIC, "When the profile had last been verified.")
    next_due_on: Date | None = column(C.PUBLIC, "When it was next due after it.")
    profile_version: int = column(C.PUBLIC, "The profile's version after it.")
    recorded_at: DateTime = column(C.PUBLIC, "When it happened.")


@filter_input(description="Which changes of state; all conditions must hold.")
class KYCStateChangeFilter:
    """Which changes of state; all conditions must hold."""

    recorded_at: DateTimeLookup | None = filter_on("By when they happened: `lte` reads as of a moment.")
    action: EnumLookup[KYCAction] | None = filter_on("By what was done.")
    to_status: EnumLookup[KYCStatus] | None = filter_on("By the state after.")


@strawberry.enum(description="What changes of state can be ordered by.")
class KYCStateChangeOrderField(Enum):
    """What changes of state can be ordered by: the column."""

    RECORDED_AT = "recorded_at"


@strawberry.input(description="The order of changes of state.")
class KYCStateChangeOrder:
    """The order of changes of state."""

    field: KYCStateChangeOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@entity(
    models.KYCEvidence,
    name="KYCEvidence",
    description="What a check found out about a profile's particulars.",
    subject="profile__customer_id",
)
class KYCEvidence(Node):
    """What a check found out about a profile's particulars."""

    id: strawberry.ID = global_id()
    profile: Profile | None = to_one(C.PUBLIC, "Whose particulars were checked.")
    check: KYCCheck = column(C.PUBLIC, "What was checked.", path="check_kind")
    finding: KYCFinding | None = column(C.PERSONAL, "What was found.")
    confidence: ExactDecimal | None = column(C.PERSONAL, "How sure it is, from 0 to 1.")
    code: str | None = column(C.PERSONAL, "The standard code of the answer.")
    provider_code: str = column(C.PUBLIC, "Which provider answered; empty if it was recorded by hand.")
    recorded_by_name: str | None = column(C.PERSONAL, "Which officer recorded it by hand; empty if none did.")
    reference: str | None = column(C.PERSONAL, "Where the proof of what was recorded by hand lies.")
    note: str | None = column(C.PERSONAL, "What was seen.")
    obtained_at: DateTime = column(C.PUBLIC, "When.")


@entity(
    models.KYCDecision,
    name="KYCDecision",
    description="A verdict that one officer proposed and another one checks.",
    subject="profile__customer_id",
)
class KYCDecision(Node):
    """A verdict that one officer proposed and another one checks."""

    id: strawberry.ID = global_id()
    profile: Profile | None = to_one(C.PUBLIC, "What it is about.")
    verdict: KYCVerdict = column(C.PUBLIC, "What was proposed.")
    risk_category: RiskCategory | None = column(C.PERSONAL, "The risk category that was proposed.")
    reason: str | None = column(C.PERSONAL, "Why it was proposed.")
    evidence: list[strawberry.ID] | None = computed(
        C.PERSONAL, "The evidence that it rests on, by global id.", expression=_evidence_ids
    )
    maker_name: str = column(C.PUBLIC, "Who proposed it.")
    proposed_at: DateTime = column(C.PUBLIC, "When.")
    outcome: KYCDecisionOutcome | None = column(C.PUBLIC, "What the checker said; null while it waits.")
    checker_name: str = column(C.PUBLIC, "Who checked it; empty while it waits.")
    checker_reason: str | None = column(C.PERSONAL, "Why it was returned.")
    checked_at: DateTime | None = column(C.PUBLIC, "When it was checked.")


@entity(
    models.KYCNotice,
    name="KYCNotice",
    description="A notice about a due date: the evidence that the customer was told.",
    subject="profile__customer_id",
)
class KYCNotice(Node):
    """A notice about a due date."""

    id: strawberry.ID = global_id()
    profile: Profile | None = to_one(C.PUBLIC, "What is or was due.")
    due_on: Date = column(C.PUBLIC, "When it was due.")
    days: int = column(C.PUBLIC, "So many days after that; before it if negative.")
    channel: KYCNoticeChannel = column(C.PUBLIC, "How the customer was told.")
    rule: str = column(C.PUBLIC, "The rule that asks for it.")
    issued_at: DateTime = column(C.PUBLIC, "When it was given.")

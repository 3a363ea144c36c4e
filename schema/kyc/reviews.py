"""Review cases, for officers and operations."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domains.kyc import models
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import column, entity, global_id, listing, to_one
from gateway.filters import DateTimeLookup, EnumLookup, SortDirection, filter_input, filter_on
from gateway.scalars import DateTime
from schema.kyc.words import KYCResolution
from schema.node import Node

if TYPE_CHECKING:
    from schema.kyc.profiles import KYCProfile

Profile = Annotated["KYCProfile", strawberry.lazy("schema.kyc.profiles")]


@entity(
    models.KYCReviewCase,
    name="KYCReviewCase",
    description="A profile that claims the PAN of another customer; neither of them is told.",
    subject="claimant__customer_id",
)
class KYCReviewCase(Node):
    """A profile that claims the PAN of another customer."""

    id: strawberry.ID = global_id()
    claimant: Profile | None = to_one(C.PUBLIC, "The profile that claims it.")
    holder: Profile | None = to_one(C.PUBLIC, "The profile that held it first.")
    opened_at: DateTime = column(C.PUBLIC, "When the claim was made.")
    resolution: KYCResolution | None = column(C.PUBLIC, "Whose the PAN is; null while the case is open.")
    resolved_at: DateTime | None = column(C.PUBLIC, "When that was settled.")
    note: str | None = column(C.PERSONAL, "How that was settled.")


@filter_input(description="Which review cases; all conditions must hold.")
class KYCReviewCaseFilter:
    """Which review cases; all conditions must hold."""

    resolution: EnumLookup[KYCResolution] | None = filter_on("By whose the PAN is.")
    opened_at: DateTimeLookup | None = filter_on("By when the claim was made.")


@strawberry.enum(description="What review cases can be ordered by.")
class KYCReviewCaseOrderField(Enum):
    """What review cases can be ordered by: the column."""

    OPENED_AT = "opened_at"


@strawberry.input(description="The order of review cases.")
class KYCReviewCaseOrder:
    """The order of review cases."""

    field: KYCReviewCaseOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.type
class KYCReviewQueries:
    """Ways in to review cases."""

    kyc_review_cases: Connection[KYCReviewCase] = listing(
        "Review cases, newest first; for KYC officers and operations.",
        order="-opened_at",
        filter=KYCReviewCaseFilter,
        order_by=KYCReviewCaseOrder,
    )

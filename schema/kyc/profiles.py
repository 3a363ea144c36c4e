"""KYC profiles: what is known of customers, and how far it is verified."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domains.kyc import models
from domains.kyc.evidence import checks_missing
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import (
    argument,
    batch,
    column,
    computed,
    entity,
    global_id,
    listing,
    sealed,
    to_many,
    to_one,
)
from gateway.filters import DateLookup, DateTimeLookup, EnumLookup, SortDirection, filter_input, filter_on
from gateway.scalars import Date, DateTime
from schema.kyc.checks import KYCCheckUnderWay, computed_checks
from schema.kyc.documents import KYCDocument, KYCDocumentDemand, computed_demands
from schema.kyc.history import (
    KYCDecision,
    KYCEvidence,
    KYCNotice,
    KYCStateChange,
    KYCStateChangeFilter,
    KYCStateChangeOrder,
)
from schema.kyc.tasks import KYCTask
from schema.kyc.words import KYCCheck, KYCStatus, RiskCategory
from schema.masks import masked_aadhaar
from schema.node import Node

if TYPE_CHECKING:
    from schema.customers import Customer


@entity(
    models.KYCProfile,
    name="KYCProfile",
    description="What is known of a customer, and how far it is verified.",
    subject="customer_id",
)
class KYCProfile(Node):
    """What is known of a customer, and how far it is verified."""

    id: strawberry.ID = global_id()
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = to_one(
        C.PUBLIC, "Whose profile it is."
    )
    status: KYCStatus = column(C.PUBLIC, "Where the verification stands.")
    risk_category: RiskCategory | None = column(C.PERSONAL, "How closely the customer is watched.")
    pan: str | None = sealed(C.IDENTITY_NUMBER, "The permanent account number.")
    aadhaar: str | None = computed(
        C.IDENTITY_NUMBER,
        "The Aadhaar number, all but its last four digits masked: more is never kept.",
        expression=masked_aadhaar,
        mask=masked_aadhaar,
    )
    aadhaar_reference: str | None = sealed(
        C.IDENTITY_NUMBER, "UIDAI's reference of the offline verification."
    )
    date_of_birth: str | None = sealed(C.PERSONAL, "The date of birth, ISO 8601.")
    address: str | None = sealed(C.CONTACT, "The postal address.")
    bank_account: str | None = sealed(C.IDENTITY_NUMBER, "The bank account that pays and is paid.")
    bank_ifsc: str | None = column(C.PERSONAL, "The IFSC of that account's branch.")
    verified_at: DateTime | None = column(C.PUBLIC, "When it was last verified.")
    next_due_on: Date | None = column(C.PUBLIC, "When it must be renewed.")
    version: int = column(C.PUBLIC, "Rises with each change.")
    created_at: DateTime = column(C.PUBLIC, "When the profile was opened.")
    updated_at: DateTime = column(C.PUBLIC, "When the profile was last changed.")
    history: Connection[KYCStateChange] = to_many(
        C.PUBLIC,
        "The changes of its state, first to last.",
        order="recorded_at",
        filter=KYCStateChangeFilter,
        order_by=KYCStateChangeOrder,
    )
    evidence: Connection[KYCEvidence] = to_many(
        C.PUBLIC, "What the checks found, newest first; for staff.", order="-obtained_at"
    )
    decisions: Connection[KYCDecision] = to_many(
        C.PUBLIC, "The verdicts that were proposed, newest first; for staff.", order="-proposed_at"
    )
    notices: Connection[KYCNotice] = to_many(
        C.PUBLIC, "The notices that were given about its due dates, first to last.", order="issued_at"
    )
    documents: Connection[KYCDocument] = to_many(
        C.PUBLIC, "Its documents, newest first.", order="-uploaded_at"
    )
    tasks: Connection[KYCTask] = to_many(
        C.PUBLIC, "Its places in the work queue, newest first; for staff.", order="-opened_at"
    )
    checks_under_way: list[KYCCheckUnderWay] | None = batch(
        C.PERSONAL,
        "The checks that bureaus still have to answer; one that nobody answered is tried again.",
        columns=("pk",),
        compute=computed_checks,
        cost=5,
    )
    checks_missing: list[KYCCheck] | None = batch(
        C.PERSONAL,
        "The checks that approval needs and that no standing evidence answers, or that speak against it.",
        columns=("pk",),
        compute=lambda parents: checks_missing([UUID(key) for (key,) in parents]),
        cost=5,
    )
    documents_missing: list[KYCDocumentDemand] | None = batch(
        C.PERSONAL,
        "The documents that approval needs by today's rule and that are not there.",
        columns=("pk", "risk_category"),
        arguments={
            "risk_category": argument(
                RiskCategory | None, "For an approval at this risk; the present one if left out."
            )
        },
        compute=computed_demands,
        cost=5,
    )


@filter_input(description="Which KYC profiles; all conditions must hold.")
class KYCProfileFilter:
    """Which KYC profiles; all conditions must hold."""

    status: EnumLookup[KYCStatus] | None = filter_on("By where the verification stands.")
    risk_category: EnumLookup[RiskCategory] | None = filter_on("By risk category.")
    next_due_on: DateLookup | None = filter_on("By when renewal is due.")
    created_at: DateTimeLookup | None = filter_on("By when they were opened.")


@strawberry.enum(description="What KYC profiles can be ordered by.")
class KYCProfileOrderField(Enum):
    """What KYC profiles can be ordered by: the column."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


@strawberry.input(description="The order of KYC profiles.")
class KYCProfileOrder:
    """The order of KYC profiles."""

    field: KYCProfileOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.type
class KYCQueries:
    """Ways in to KYC profiles."""

    kyc_profiles: Connection[KYCProfile] = listing(
        "KYC profiles, newest first.", order="-created_at", filter=KYCProfileFilter, order_by=KYCProfileOrder
    )

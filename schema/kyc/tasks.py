"""The work queue, for officers and operations."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from django.db.models import F, Func, IntegerField
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Now

from domains.kyc import models
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import column, computed, entity, global_id, listing, to_one
from gateway.filters import DateTimeLookup, EnumLookup, SortDirection, TextLookup, filter_input, filter_on
from gateway.scalars import DateTime
from schema.kyc.words import KYCTaskKind, KYCTaskState, RiskCategory
from schema.node import Node

if TYPE_CHECKING:
    from schema.kyc.profiles import KYCProfile


def _age_hours() -> Combinable:
    """Return for how many whole hours a task waited, or has been waiting."""
    template = "floor(extract(epoch FROM %(expressions)s) / 3600)::int"
    waited = Coalesce(F("done_at"), Now()) - F("opened_at")
    return Func(waited, template=template, output_field=IntegerField())


@entity(
    models.KYCTask,
    name="KYCTask",
    description="A piece of work on a KYC profile that waits for somebody.",
    subject="profile__customer_id",
)
class KYCTask(Node):
    """A piece of work on a KYC profile that waits for somebody."""

    id: strawberry.ID = global_id()
    profile: Annotated["KYCProfile", strawberry.lazy("schema.kyc.profiles")] | None = to_one(
        C.PUBLIC, "What is to be worked on."
    )
    kind: KYCTaskKind = column(C.PUBLIC, "What is to be done.")
    state: KYCTaskState = column(C.PUBLIC, "Where it stands.")
    priority: int = column(C.PUBLIC, "1 comes first: high risk before medium before low.")
    risk_category: RiskCategory | None = column(
        C.PERSONAL, "How closely the customer is watched.", path="profile__risk_category"
    )
    opened_at: DateTime = column(C.PUBLIC, "Since when it waits.")
    age_hours: int | None = computed(
        C.PUBLIC, "For how many whole hours it has waited, or did.", expression=_age_hours
    )
    claimed_by_name: str = column(C.PUBLIC, "Who claimed it; empty if nobody did.")
    claimed_at: DateTime | None = column(C.PUBLIC, "When it was claimed; a claim lapses after eight hours.")
    done_at: DateTime | None = column(C.PUBLIC, "When it was done.")


@filter_input(description="Which tasks; all conditions must hold.")
class KYCTaskFilter:
    """Which tasks; all conditions must hold."""

    kind: EnumLookup[KYCTaskKind] | None = filter_on("By what is to be done.")
    state: EnumLookup[KYCTaskState] | None = filter_on("By where they stand.")
    risk_category: EnumLookup[RiskCategory] | None = filter_on(
        "By risk category.", path="profile__risk_category", coordinate="KYCTask.riskCategory"
    )
    claimed_by_name: TextLookup | None = filter_on("By who claimed them.")
    opened_at: DateTimeLookup | None = filter_on("By since when they wait.")


@strawberry.enum(description="What tasks can be ordered by.")
class KYCTaskOrderField(Enum):
    """What tasks can be ordered by: the column."""

    OPENED_AT = "opened_at"
    PRIORITY = "priority"


@strawberry.input(description="The order of tasks; those of one priority stand by age.")
class KYCTaskOrder:
    """The order of tasks."""

    field: KYCTaskOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.type
class KYCTaskQueries:
    """Ways in to the work queue."""

    kyc_tasks: Connection[KYCTask] = listing(
        "The work queue, what waits longest first; for KYC officers and operations.",
        order="opened_at",
        filter=KYCTaskFilter,
        order_by=KYCTaskOrder,
    )

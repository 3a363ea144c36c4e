"""What does not tie out with providers: cases, and the notices that nobody could place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domains.identity.queries import display_names_of
from domains.kernel.actor import Actor
from domains.transactions import cases, models, reconciliation
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import batch, column, entity, global_id, listing, operation, to_one
from gateway.filters import DateTimeLookup, EnumLookup, TextLookup, filter_input, filter_on
from gateway.scalars import DateTime
from schema.global_ids import key_of
from schema.node import Node
from schema.providers import Provider
from schema.refusals import Problem, refusals_as
from schema.transactions import Transaction


def ages(rows: Sequence[tuple[Any, ...]]) -> list[int]:
    """Return how many whole hours cases have been open, or were."""
    return [
        cases.age_hours(
            opened_at=datetime.fromisoformat(opened),
            closed_at=None if closed is None else datetime.fromisoformat(closed),
        )
        for opened, closed in rows
    ]


def owner_names(rows: Sequence[tuple[Any, ...]]) -> list[str | None]:
    """Return the names of those who look after cases, null for nobody's."""
    owners = [None if owner is None else UUID(owner) for (owner,) in rows]
    names = display_names_of(owner for owner in owners if owner is not None)
    return [None if owner is None else names.get(owner) for owner in owners]


CaseKind = models.CaseKind
strawberry.enum(CaseKind, name="CaseKind", description="What does not tie out.")
NoticeState = models.NoticeState
strawberry.enum(NoticeState, name="NoticeState", description="What came of a provider's notice.")


@entity(models.Case, name="Case", description="One break between a provider's book and ours.", recorded=True)
class Case(Node):
    """One break between a provider's book and ours."""

    id: strawberry.ID = global_id()
    kind: CaseKind = column(C.PUBLIC, "What does not tie out.")
    reference: str | None = column(C.FINANCIAL, "Our reference, or what the provider gives as such.")
    ours: str | None = column(C.FINANCIAL, "What we have.")
    theirs: str | None = column(C.FINANCIAL, "What the provider has.")
    owner_id: strawberry.ID | None = column(C.PUBLIC, "The key of the user who looks after it.")
    owner_name: str | None = batch(
        C.PUBLIC,
        "Who looks after it: a user, or the one whose API key took it.",
        columns=("owner_id",),
        compute=owner_names,
    )
    resolution: str | None = column(C.FINANCIAL, "Why it was closed, empty as long as it is open.")
    opened_at: DateTime = column(C.PUBLIC, "When it was found.")
    seen_at: DateTime = column(C.PUBLIC, "When it was found last.")
    due_at: DateTime = column(C.PUBLIC, "When it should be closed.")
    age_hours: int | None = batch(
        C.PUBLIC,
        "For how many whole hours it has been open, or was.",
        columns=("opened_at", "closed_at"),
        compute=ages,
    )
    closed_at: DateTime | None = column(C.PUBLIC, "When it was closed.")
    version: int = column(C.PUBLIC, "Rises with each change.")
    provider: Provider | None = to_one(C.PUBLIC, "Whose book it is.")
    transaction: Transaction | None = to_one(C.PUBLIC, "The transaction, where there is one.")


@entity(models.Reconciliation, name="Reconciliation", description="One reconciliation with a provider.")
class Reconciliation(Node):
    """One reconciliation with a provider."""

    id: strawberry.ID = global_id()
    lines: int = column(C.PUBLIC, "How many settlements the provider told.")
    matched: int = column(C.PUBLIC, "How many are the same here and there.")
    missing_here: int = column(C.PUBLIC, "How many we do not know.")
    missing_there: int = column(C.PUBLIC, "How many of ours the provider does not tell.")
    differing: int = column(C.PUBLIC, "How many differ in amount, currency or state, or were told twice.")
    new_cases: int = column(C.PUBLIC, "How many of these breaks were not known before.")
    finished_at: DateTime = column(C.PUBLIC, "When it was done.")
    provider: Provider | None = to_one(C.PUBLIC, "With whom.")


@entity(
    models.ProviderNotice,
    name="ProviderNotice",
    description="A notice that a provider sent by itself.",
    recorded=True,
)
class ProviderNotice(Node):
    """A notice that a provider sent by itself."""

    id: strawberry.ID = global_id()
    event_id: str = column(C.PUBLIC, "The provider's id of it.")
    reference: str | None = column(C.FINANCIAL, "What it is about.")
    state: NoticeState = column(C.PUBLIC, "What came of it.")
    times: int = column(C.PUBLIC, "How often it was told.")
    received_at: DateTime = column(C.PUBLIC, "When it came first.")
    handled_at: DateTime | None = column(C.PUBLIC, "When it was worked off.")
    provider: Provider | None = to_one(C.PUBLIC, "Who sent it.")


@filter_input(description="Which cases; all conditions must hold.")
class CaseFilter:
    """Which cases; all conditions must hold."""

    kind: EnumLookup[CaseKind] | None = filter_on("By what does not tie out.")
    reference: TextLookup | None = filter_on("By reference.")
    closed_at: DateTimeLookup | None = filter_on("By when they were closed.")
    due_at: DateTimeLookup | None = filter_on("By when they should be closed.")


@filter_input(description="Which notices; all conditions must hold.")
class ProviderNoticeFilter:
    """Which notices; all conditions must hold."""

    state: EnumLookup[NoticeState] | None = filter_on("By what came of them.")
    reference: TextLookup | None = filter_on("By what they are about.")


@strawberry.type
class CaseQueries:
    """Ways in to cases and notices."""

    cases: Connection[Case] = listing("Cases, newest first.", order="-opened_at", filter=CaseFilter)
    reconciliations: Connection[Reconciliation] = listing(
        "Reconciliations, newest first.", order="-finished_at"
    )
    provider_notices: Connection[ProviderNotice] = listing(
        "Notices from providers, newest first.", order="-received_at", filter=ProviderNoticeFilter
    )


@strawberry.type(description="A case after a change, or what was wrong.")
class CasePayload:
    """A case after a change, or what was wrong."""

    case: Case | None = strawberry.field(default=None, description="The case; null when refused.")
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.input(description="A case to look after.")
class TakeCaseInput:
    """A case to look after."""

    id: strawberry.ID = strawberry.field(description="The case's global id.")


@strawberry.input(description="A case to close.")
class CloseCaseInput:
    """A case to close."""

    id: strawberry.ID = strawberry.field(description="The case's global id.")
    resolution: str = strawberry.field(description="Why it is closed, in a line.")


@strawberry.type(description="How many breaks of a kind were found.")
class BreakCount:
    """How many breaks of a kind were found."""

    kind: CaseKind = strawberry.field(description="What does not tie out.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="What a reconciliation came to, or what was wrong.")
class ReconcilePayload:
    """What a reconciliation came to, or what was wrong."""

    lines: int | None = strawberry.field(default=None, description="How many settlements the provider told.")
    matched: int | None = strawberry.field(default=None, description="How many are the same here and there.")
    new_cases: int | None = strawberry.field(
        default=None, description="How many breaks were not known before."
    )
    breaks: list[BreakCount] = strawberry.field(
        default_factory=list, description="The breaks, each of them an open case."
    )
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.input(description="What to reconcile.")
class ReconcileInput:
    """What to reconcile."""

    provider: str = strawberry.field(description="The provider's short name.")
    file: str | None = strawberry.field(
        default=None,
        description="The settlement file as CSV (reference, status, amount, currency), at most 10,000 characters; "
        "longer ones by `manage.py reconcile`. Left out, the provider is asked for it.",
    )


@refusals_as(ReconcilePayload)
def reconcile(actor: Actor, input: ReconcileInput) -> ReconcilePayload:
    """Match a provider's settlements with ours."""
    text = input.file
    if text is None:
        text = reconciliation.fetch_settlements(provider_code=input.provider)
    report = reconciliation.reconcile(actor=actor, provider_code=input.provider, text=text)
    return ReconcilePayload(
        lines=report.lines,
        matched=report.matched,
        new_cases=report.new_cases,
        breaks=[
            BreakCount(kind=CaseKind(kind), count=count) for kind, count in sorted(report.breaks.items())
        ],
    )


@refusals_as(CasePayload)
def take_case(actor: Actor, input: TakeCaseInput) -> CasePayload:
    """Look after a case."""
    case_id = key_of(input.id, entity="Case", path=("id",))
    return CasePayload(case=cases.take_case(actor=actor, case_id=case_id))  # type: ignore[arg-type] # its key


@refusals_as(CasePayload)
def close_case(actor: Actor, input: CloseCaseInput) -> CasePayload:
    """Close a case."""
    case_id = key_of(input.id, entity="Case", path=("id",))
    closed = cases.close_case(actor=actor, case_id=case_id, resolution=input.resolution)
    return CasePayload(case=closed)  # type: ignore[arg-type] # its key


@strawberry.type
class CaseMutations:
    """Mutations of cases."""

    reconcile: ReconcilePayload | None = operation(
        "Match a provider's settlements with ours; every break becomes a case.",
        run=reconcile,
        arguments={"input": ReconcileInput},
    )
    take_case: CasePayload | None = operation(
        "Look after a case.", run=take_case, arguments={"input": TakeCaseInput}
    )
    close_case: CasePayload | None = operation(
        "Close a case and say why.", run=close_case, arguments={"input": CloseCaseInput}
    )

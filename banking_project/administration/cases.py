"""The admin's page of cases: whoever looks after one closes it with a reason."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest

from banking_project.administration.asking import run
from banking_project.administration.pages import Page
from banking_project.administration.site import site as site
from domains.identity.models import User
from domains.transactions.models import Case

TAKE = "mutation Admin($input: TakeCaseInput!) { takeCase(input: $input) { problems { message } } }"
CLOSE = "mutation Admin($input: CloseCaseInput!) { closeCase(input: $input) { problems { message } } }"


class Closing(forms.ModelForm):  # type: ignore[type-arg] # no generic at run time
    """Why a case is closed."""

    reason = forms.CharField(label="Why it is closed", max_length=200)

    class Meta:
        model = Case
        fields: tuple[str, ...] = ()


class Cases(Page):
    """Breaks between a provider's book and ours: taken by whoever looks after them, closed with a reason."""

    entity = "Case"
    holds_people = True
    changed_by = "closeCase"
    form = Closing
    list_display = ("reference", "kind", "provider_code", "owner_name", "opened_at", "due_at", "closed_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "kind")
    search_fields = ("reference",)
    list_select_related = ("provider", "transaction")
    readonly_fields = (
        "id", "reference", "kind", "provider_code", "ours", "theirs", "owner_name", "opened_at", "seen_at",
        "due_at", "closed_at", "resolution", "version",
    )  # fmt: skip
    actions = ("take",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a reason where there is something to close."""
        asked = ("reason",) if self.has_change_permission(request, obj) else ()
        return (*self.readonly_fields, *asked)

    def provider_code(self, case: Case) -> str:
        """Return whose book it is."""
        return case.provider.code if case.provider else "none"

    def owner_name(self, case: Case) -> str:
        """Return who looks after it."""
        return case.owner_shown or "nobody"  # type: ignore[attr-defined] # annotated below

    def get_queryset(self, request: HttpRequest) -> Any:
        names = User.objects.filter(id=OuterRef("owner_id"))
        shown = names.values(name=Coalesce(NullIf("display_name", Value("")), "username"))
        return super().get_queryset(request).annotate(owner_shown=Subquery(shown))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.closed_at is None)

    def subjects(self, row: Case) -> Iterable[UUID]:
        """Return the customer whose transaction it is, if there is one."""
        return () if row.transaction is None else (row.transaction.customer_id,)

    @admin.action(description="Look after the chosen cases")
    def take(self, request: HttpRequest, chosen: QuerySet[Case]) -> None:
        """Look after the chosen cases."""
        self.each(request, chosen, TAKE, id_in="input")

    def save_model(self, request: HttpRequest, obj: Case, form: Any, change: bool) -> None:
        """Run the graph's mutation instead of saving."""
        asked = {"id": f"Case:{obj.pk}", "resolution": form.cleaned_data["reason"]}
        obj.refusals = run(request, CLOSE, input=asked)  # type: ignore[attr-defined] # for the answer


site.register(Case, Cases)

"""The admin's pages: lists to look at, and what can be done to what is chosen.

Nothing is added, edited in place or deleted: a change is an action or, for a configured value, a form, and both
run the graph's mutation.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from banking_project.administration.asking import leave_receipt, may_run, run, viewer_of
from banking_project.administration.site import may_see
from banking_project.administration.site import site as site
from domains.identity.models import ApiKey, User
from domains.identity.roles import Role
from domains.jobs.models import Job
from domains.providers.models import SystemConfig

GRANT = "mutation Grant($user: ID!, $role: String!) { grantRole(user: $user, role: $role) { problems { message }}}"
REVOKE = GRANT.replace("grantRole", "revokeRole")
CONFIRM = "mutation Admin($user: ID!) { confirmLogin(user: $user) { problems { message } } }"
END_KEY = (
    "mutation Admin($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { problems { message } } }"
)
RELEASE = "mutation Admin($input: ReleaseJobInput!) { releaseJob(input: $input) { problems { message } } }"
CHANGE = (
    "mutation Admin($input: ChangeSystemConfigInput!) "
    "{ changeSystemConfig(input: $input) { problems { message } } }"
)
TAILS = ("", "__exact", "__id__exact", "__isnull", "__isempty")  # what Django's filters add to a column


class Page(ModelAdmin):  # type: ignore[type-arg] # no generic at run time
    """A list of one entity, for who sees every row of it."""

    entity = ""
    holds_people = False
    changed_by = ""  # the mutation that its form runs; none: it is for looking only
    list_per_page = 50

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_see(request, self.entity)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_see(request, self.entity)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        viewer = viewer_of(request)
        return bool(self.changed_by and viewer and may_run(viewer, self.changed_by))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Narrow a list by its filters alone: Django takes every column, the hash of a password among them."""
        offered = {str(each[0] if isinstance(each, tuple) else each) for each in self.list_filter}
        return lookup in {name + tail for name in offered for tail in TAILS} and "\x00" not in value

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if self.holds_people and response.status_code == 200:
            rows = list(response.context_data["cl"].result_list) if hasattr(response, "context_data") else []
            self._receipt(request, rows)
        return response

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._told(request, object_id, super().change_view(request, object_id, *args, **kwargs))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return self._told(request, object_id, super().history_view(request, object_id, extra_context))

    def subjects(self, row: Any) -> Iterable[UUID]:
        """Return the customers whom a row is about."""
        return ()

    def _told(self, request: HttpRequest, object_id: str, response: HttpResponse) -> HttpResponse:
        if self.holds_people and response.status_code == 200:
            self._receipt(request, [self.get_object(request, object_id)])
        return response

    def _receipt(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        subjects = [subject for row in rows for subject in self.subjects(row)]
        leave_receipt(request, page=f"admin.{self.entity}", rows=len(rows), subjects=subjects)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *more: Any) -> Any:
        """Do to what was chosen what was asked; what can be no row's key chooses nothing."""
        try:
            return super().response_action(request, queryset, *more)
        except ValidationError:
            messages.error(request, "There is no such row.")
            return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing of Django's own: the trail has it."""

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Say why nothing was changed, if so."""
        refusals: list[str] = obj.refusals
        for sentence in refusals:
            messages.error(request, sentence)
        return HttpResponseRedirect(request.path) if refusals else super().response_change(request, obj)

    def each(
        self, request: HttpRequest, chosen: QuerySet[Any], document: str, *, id_in: str, **more: Any
    ) -> None:
        """Run a mutation on each chosen row and tell how it ended."""
        done = 0
        for row in chosen:
            key = f"{self.entity}:{row.pk}"
            variables = {"user": key, **more} if id_in == "user" else {"input": {"id": key, **more}}
            wrong = run(request, document, **variables)
            done += not wrong
            for sentence in wrong:
                messages.error(request, f"{row}: {sentence}")
        if done:
            messages.success(request, f"Done for {done}.")


def _role_action(role: Role, *, grant: bool) -> Any:
    def act(page: "Users", request: HttpRequest, chosen: QuerySet[User]) -> None:
        page.each(request, chosen, GRANT if grant else REVOKE, id_in="user", role=role.value)

    act.__name__ = f"{'grant' if grant else 'revoke'}_{role.value}"
    words = role.value.replace("_", " ")
    return admin.action(description=f"{'Grant' if grant else 'Revoke'} the role {words}")(act)


class Users(Page):
    """Users and their roles; nobody's password."""

    entity = "User"
    holds_people = True
    list_display = ("username", "display_name", "roles", "is_active", "awaits_confirmation", "last_login")
    list_filter = ("groups", "is_active")
    search_fields = ("username",)
    fields = readonly_fields = (
        "id",
        "username",
        "display_name",
        "roles",
        "is_active",
        "awaits_confirmation",
        "last_login",
        "date_joined",
    )
    actions = ("confirm", *(_role_action(role, grant=grant) for grant in (True, False) for role in Role))

    def roles(self, user: User) -> str:
        """Return the roles in order."""
        return ", ".join(sorted(group.name for group in user.groups.all())) or "none"

    @admin.action(description="Confirm the chosen logins")
    def confirm(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Let logins sign in that another administrator made."""
        self.each(request, chosen, CONFIRM, id_in="user")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")


class ApiKeys(Page):
    """API keys: the prefix, never the key."""

    entity = "ApiKey"
    holds_people = True
    list_display = ("prefix", "name", "owner_name", "scopes", "expires_at", "revoked_at", "last_used_at")
    fields = readonly_fields = (
        "id", "prefix", "name", "owner_name", "scopes", "allowed_networks", "rate_tier", "created_at",
        "expires_at", "revoked_at", "last_used_at",
    )  # fmt: skip
    list_select_related = ("owner",)
    actions = ("revoke",)

    def owner_name(self, key: ApiKey) -> str:
        """Return the owner's name."""
        return key.owner.username

    @admin.action(description="Revoke the chosen keys")
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        """End the chosen keys."""
        self.each(request, chosen, END_KEY, id_in="input")


class Jobs(Page):
    """Jobs that are not done; parked ones wait for a person."""

    entity = "Job"
    list_display = ("kind", "key", "state", "tries", "failure", "due_at", "updated_at")
    list_filter = ("state", "kind")
    fields = readonly_fields = (
        "id", "kind", "key", "payload", "state", "tries", "attempt", "failure", "due_at", "correlation_id",
        "created_at", "updated_at",
    )  # fmt: skip
    actions = ("release",)

    @admin.action(description="Let the chosen jobs run again")
    def release(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        """Let the chosen jobs run again."""
        self.each(request, chosen, RELEASE, id_in="input")


class Value(forms.ModelForm):  # type: ignore[type-arg] # likewise
    """A configured value as JSON, and the version that was read."""

    read_version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(label="Value", widget=forms.Textarea(attrs={"rows": 8}), help_text="JSON")

    class Meta:
        model = SystemConfig
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["read_version"] = self.instance.version
        self.initial["text"] = json.dumps(self.instance.value, indent=1, ensure_ascii=False)


class Configuration(Page):
    """Configured values, changed by the version that was read."""

    entity = "SystemConfig"
    changed_by = "changeSystemConfig"
    list_display = ("key", "description", "version", "updated_at")
    form = Value
    fields = ("key", "description", "version", "updated_at", "text", "read_version")
    readonly_fields = ("key", "description", "version", "updated_at")

    def save_model(self, request: HttpRequest, obj: SystemConfig, form: Any, change: bool) -> None:
        """Run the graph's mutation instead of saving."""
        given = form.cleaned_data
        asked = {"key": obj.key, "version": given["read_version"], "value": given["text"]}
        refusals = run(request, CHANGE, input=asked)
        obj.refusals = refusals  # type: ignore[attr-defined] # for the answer, which gets the object alone


for model, page in (
    (User, Users),
    (ApiKey, ApiKeys),
    (Job, Jobs),
    (SystemConfig, Configuration),
):
    site.register(model, page)

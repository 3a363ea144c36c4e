"""The admin's site: its sign-in is the gateway's own, throttled and recorded, and so is its end."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseNotFound

from banking_project.administration.asking import SESSION, address_of, log_out, sees_every, viewer_of
from domains.identity.logins import log_in
from domains.identity.roles import Role
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.failures import Failure

ADMITTED = frozenset({Role.ADMINISTRATOR.value, Role.OPERATIONS.value})


class SignIn(AdminAuthenticationForm):
    """Signs in as `tokenAuth` does, and keeps the gateway's session in Django's."""

    def clean(self) -> dict[str, Any]:
        """Check name and password; refuse who has no business here with the same words."""
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username and password:
            assert self.request is not None, "the sign-in view hands it in"
            actor = Actor(
                kind=ActorKind.ANONYMOUS, address=address_of(self.request), purpose="administration"
            )
            try:
                issued = log_in(actor=actor, username=username, password=password, admitted=ADMITTED)
            except Failure as failure:
                raise ValidationError(failure.message) from None
            self.user_cache = issued.user
            self.request.session[SESSION] = (str(issued.session_id), issued.user.token_version)
        return self.cleaned_data


class Administration(AdminSite):
    """For operations and administrators, as long as their session holds."""

    site_header = site_title = "Banking Middleware administration"
    index_title = "What may be seen and changed here"
    site_url = "/graphql"
    login_form = SignIn

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002  Django's
        """Refuse Django's own way to change a password, which neither checks nor records as the graph's does."""
        return HttpResponseNotFound("Change your password by the mutation changePassword.")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """End the gateway's session with Django's."""
        if request.method == "POST":  # Django refuses every other
            log_out(request)
        return super().logout(request, extra_context)

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether the reader may be here at all."""
        viewer = viewer_of(request)
        return viewer is not None and bool(viewer.roles & ADMITTED)


site = Administration(name="admin")


def may_see(request: HttpRequest, entity: str) -> bool:
    """Tell whether the reader may see every row of an entity."""
    viewer = viewer_of(request)
    return viewer is not None and bool(viewer.roles & ADMITTED) and sees_every(viewer, entity)

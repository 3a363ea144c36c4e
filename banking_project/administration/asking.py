"""The admin as a client of the graph: its reader is a viewer, its changes mutations, its pages leave receipts."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest

from domains.audit.events import Event
from domains.audit.operations import record
from domains.customers.queries import customer_id_for_login
from domains.identity import sessions
from domains.identity.queries import user_for_token
from domains.kernel.actor import Actor, ActorKind
from gateway.access import EVERY_ROW
from gateway.authentication import holds
from gateway.request import Request
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import gateway

SESSION = "gateway_session"  # where Django's session keeps the gateway's: its id, and the token's version
PURPOSE = "administration"


def viewer_of(request: HttpRequest) -> Viewer | None:
    """Return who is signed in, as the gateway sees them now; None when the session holds no more."""
    session_id, token_version = request.session.get(SESSION, ("", 0))
    user_id = getattr(request.user, "pk", None)
    user = user_for_token(subject=user_id) if user_id and session_id else None
    if user is None or not user.is_active:
        return None
    viewer = Viewer(
        kind="USER",
        id=user.id,
        user_id=user.id,
        customer_id=customer_id_for_login(user.id),
        token_version=token_version,
        session_id=UUID(session_id),
        roles=user.roles,
        purpose=PURPOSE,
    )
    return viewer if holds(viewer) else None


def sees_every(viewer: Viewer, entity: str) -> bool:
    """Tell whether the policy lets the viewer see every row of an entity."""
    rows = POLICY.entity_rows.get(entity, {})
    return any(rows.get(role) is EVERY_ROW for role in viewer.roles)


def may_run(viewer: Viewer, mutation: str) -> bool:
    """Tell whether the policy grants a mutation to the viewer."""
    return gateway().planner.access(viewer.profile).may_run(mutation)


def run(request: HttpRequest, document: str, **variables: Any) -> list[str]:
    """Run a mutation of one root field, and return what was wrong, a sentence each; nothing when it was done."""
    viewer = viewer_of(request)
    if viewer is None:
        return ["Your session has ended: sign in again."]
    asked = Request(
        text=document,
        operation_name=None,
        variables=variables,
        correlation_id=str(uuid4()),
        purpose=PURPOSE,
        address=address_of(request),
    )
    told = json.loads(gateway().answer(asked, viewer).body)
    if errors := told.get("errors"):
        return [error["message"] for error in errors]
    return [problem["message"] for payload in told["data"].values() for problem in payload["problems"]]


def leave_receipt(request: HttpRequest, *, page: str, rows: int, subjects: Iterable[UUID] = ()) -> None:
    """Record that a page with people on it was read; `subjects` are the customers among them."""
    viewer = viewer_of(request)
    assert viewer is not None, "only who may look gets to a page"
    record(
        event=Event.READ,
        actor=actor_of(request, viewer),
        operation_name=page,
        row_count=rows,
        subjects=sorted(set(subjects)),
    )


def log_out(request: HttpRequest) -> None:
    """End the gateway's session, too: its tokens hold no more."""
    if (viewer := viewer_of(request)) is not None and viewer.session_id is not None:
        sessions.log_out(session_id=viewer.session_id, actor=actor_of(request, viewer))


def actor_of(request: HttpRequest, viewer: Viewer) -> Actor:
    """Return the reader as the domains know an actor."""
    return Actor(
        kind=ActorKind.USER,
        id=viewer.id,
        customer_id=viewer.customer_id,
        roles=viewer.roles,
        purpose=PURPOSE,
        correlation_id=str(uuid4()),
        address=address_of(request),
    )


def address_of(request: HttpRequest) -> str | None:
    """Return the client's address, as far as proxies are trusted."""
    return gateway().proxies.client(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
    )

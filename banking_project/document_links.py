"""`/documents/<token>`: gives out a document behind a link.

The token alone opens nothing: whether its user may have the document *now* is asked of the gateway, as that user,
by the same policy and with the same receipt as any other read. What is given out is told in the audit trail, too.
"""

import json
import uuid

from django.http import HttpRequest, HttpResponse

from domains.kernel.actor import Actor, ActorKind
from domains.kernel.failures import Failure
from domains.kyc.documents import Link, Opened, open_document, read_link
from gateway.request import Request
from gateway.viewer import Viewer
from schema.root import gateway

MAY_HAVE = "query OpenDocument($id: ID!) { node(id: $id) { ... on KYCDocument { contentType link } } }"
PURPOSE = "a document's link was followed"


def document_link(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a GET with the file, and everything that does not hold with 404 and no reason but one sentence."""
    if request.method != "GET":
        return HttpResponse(status=405, headers={"Allow": "GET"})
    try:
        link = read_link(token)
        opened = _opened(request, link)
    except Failure as failure:
        return _not_found(failure.message)
    if opened is None:
        return _not_found("This link does not hold, or no longer: ask for the document again.")
    return HttpResponse(
        opened.content,
        content_type=opened.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{opened.file_name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store",
        },
    )


def _opened(request: HttpRequest, link: Link) -> Opened | None:
    viewer = gateway().authentication.in_session(
        user_id=link.user_id, session_id=link.session_id, purpose=PURPOSE
    )
    if viewer is None:
        return None
    correlation_id = str(uuid.uuid4())
    address = gateway().proxies.client(
        request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
    )
    asked = Request(
        text=MAY_HAVE,
        operation_name=None,
        variables={"id": f"KYCDocument:{link.document_id}"},
        correlation_id=correlation_id,
        purpose=PURPOSE,
        address=address,
        read_only=True,
        ours=True,
    )
    found = json.loads(gateway().answer(asked, viewer).body).get("data") or {}
    if not (found.get("node") or {}).get("link"):
        return None
    return open_document(actor=_actor(viewer, correlation_id, address), document_id=link.document_id)


def _actor(viewer: Viewer, correlation_id: str, address: str | None) -> Actor:
    return Actor(
        kind=ActorKind.USER,
        id=viewer.user_id,
        customer_id=viewer.customer_id,
        roles=viewer.roles,
        purpose=PURPOSE,
        correlation_id=correlation_id,
        address=address,
    )


def _not_found(message: str) -> HttpResponse:
    return HttpResponse(
        message, status=404, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )

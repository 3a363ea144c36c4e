"""Who may watch the system: operations and administrators, by the credentials that they send, as in the graph."""

from collections.abc import Mapping
from typing import Any

from gateway.authentication import Credentials, holds, unauthenticated
from gateway.failures import refuse
from gateway.http import correlation_id_of
from schema.root import gateway


def admit(environ: Mapping[str, Any]) -> None:
    """Raise RequestError `UNAUTHENTICATED` or `NOT_ALLOWED` unless a request comes from somebody who may watch."""
    over = gateway()
    viewer = over.authentication.viewer(
        Credentials(
            authorization=environ.get("HTTP_AUTHORIZATION"),
            address=over.proxies.client(
                environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")
            ),
            correlation_id=correlation_id_of(environ),
        ),
        purpose="",
    )
    if viewer.kind == "ANONYMOUS" or not holds(viewer):
        raise unauthenticated("Say who asks: send an access token in the Authorization header.")
    if not over.planner.access(viewer.profile).may_explain():
        raise refuse("This is for operations and administrators.", "NOT_ALLOWED", status=403)

"""What the admin needs around it, and nothing else does: a session, its user, messages, a content security policy.

The graph reads no cookie and sets none; so all of this stands below the admin's own address only.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest

ADDRESS = "/admin/"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


def below_admin(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Return Django's middleware that does so below the admin's address, and nothing elsewhere."""
    inner: Any = SessionMiddleware(AuthenticationMiddleware(MessageMiddleware(get_response)))

    def middleware(request: HttpRequest) -> Any:
        if not request.path.startswith(ADDRESS):
            return get_response(request)
        response = inner(request)
        response["Content-Security-Policy"] = POLICY
        response["Cache-Control"] = "no-store"
        # Without a referrer a browser calls its own forms' origin `null`, and the check for forgery refuses them.
        response["Referrer-Policy"] = "same-origin"
        return response

    return middleware

"""The short way for operations: a POST to the graph is answered without Django's handlers around it.

Django's stack costs about as much as planning, binding and reading together. Whatever it does that a POST of
JSON needs is done here: connections past their age are closed, and the headers that every answer carries are
set. Everything else (pages, static files, GET, a POST by another host name or to be sent to https first) goes
Django's way.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.http.request import split_domain_port, validate_host

from gateway.headers import strict_transport
from gateway.http import respond
from gateway.pipeline import Gateway

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def shortened(django: Application, gateway: Gateway, *, path: str) -> Application:
    """Return an application that answers POSTs to `path` itself and hands the rest to `django`."""
    headers = [*settings.SECURITY_HEADERS.items()]
    if settings.SECURE_SSL_REDIRECT:  # so that all that is answered here came over TLS
        headers += strict_transport().items()

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != path or environ["REQUEST_METHOD"] != "POST" or not _is_welcome(environ):
            return django(environ, start_response)
        close_old_connections()
        answer = respond(gateway, environ, environ["wsgi.input"].read)
        start_response(answer.status_line, answer.headers + headers)
        return [answer.body]

    return application


def _is_welcome(environ: dict[str, Any]) -> bool:
    """Tell whether the request came by a name and a scheme that are served; Django answers those that did not."""
    return _is_known(environ.get("HTTP_HOST", "")) and not (
        settings.SECURE_SSL_REDIRECT and _is_plain(environ)
    )


@lru_cache(maxsize=1_000)
def _is_known(host: str) -> bool:
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def _is_plain(environ: dict[str, Any]) -> bool:
    name, value = settings.SECURE_PROXY_SSL_HEADER or ("wsgi.url_scheme", "https")
    return bool(environ.get(name) != value)

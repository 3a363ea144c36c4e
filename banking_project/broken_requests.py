"""What is told of a request that the server itself can't read, before any application sees it: JSON with a code.

Gunicorn would answer in HTML, and quote what it could not read. Nothing of the request is told or logged here.
"""

import json
import ssl
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.conf import settings
from gunicorn.http import errors

PROBLEM = "application/problem+json"  # RFC 9457, as on REST paths
NO_HTTP = (400, "BAD_REQUEST", "This is no proper HTTP request.")
OURS = (500, "INTERNAL", "Something went wrong here; the log has it under this reference.")
TOLD: dict[type[Exception], tuple[int, str, str]] = {
    errors.InvalidResponseHeader: OURS,
    errors.InvalidResponseHeaderName: OURS,
    errors.ConfigurationProblem: OURS,
    errors.LimitRequestLine: (
        414,
        "ADDRESS_TOO_LONG",
        "The address is too long: ask by POST, with the values in the body.",
    ),
    errors.LimitRequestHeaders: (431, "HEADERS_TOO_LARGE", "The headers are too many or too large."),
    errors.ExpectationFailed: (417, "EXPECTATION_FAILED", "Only 100-continue can be expected."),
    errors.UnsupportedTransferCoding: (
        501,
        "TRANSFER_CODING_NOT_SUPPORTED",
        "The only transfer coding is `chunked`.",
    ),
    errors.ForbiddenProxyRequest: (403, "NOT_ALLOWED", "This proxy is not trusted."),
    errors.ParseException: NO_HTTP,
    ssl.SSLError: NO_HTTP,
}


def told_of(error: BaseException) -> tuple[int, str, str]:
    """Return the status, the code and the sentence for what the server stumbled over."""
    return next((told for kind, told in TOLD.items() if isinstance(error, kind)), OURS)


def refuse(connection: Any, error: BaseException) -> str:
    """Write the refusal to a connection, as far as it takes it at once; return the reference that it gives."""
    reference, (status, code, detail) = str(uuid4()), told_of(error)
    title = HTTPStatus(status).phrase
    body = json.dumps(
        {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail,
         "correlationId": reference}
    ).encode()  # fmt: skip
    headers = {
        "Content-Type": PROBLEM,
        "Content-Length": str(len(body)),
        "Connection": "close",
        "Cache-Control": "no-store",
        "X-Correlation-ID": reference,
        **settings.SECURITY_HEADERS,
    }
    lines = [f"HTTP/1.1 {status} {title}", *(f"{name}: {value}" for name, value in headers.items())]
    with suppress(OSError):  # the client has gone, or does not read
        connection.setblocking(False)
        connection.sendall("\r\n".join((*lines, "", "")).encode() + body)
    with suppress(OSError):
        connection.setblocking(True)
    return reference

"""GraphQL over HTTP, after its specification: GET for queries, POST for everything, two media types.

Works on the WSGI environment alone, so that the same code answers beneath Django's handlers and, without them,
the hot path (`banking_project/wsgi.py`). A POST must be `application/json`, or multipart with a header of its own:
a form of another site can send neither, so no cross-site request gets in. No cookie is read.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.utils.http import parse_header_parameters

from domains.kernel.json_values import no_constant
from gateway.answer import Answer, without_data
from gateway.failures import RequestError, refuse
from gateway.limits import exceeded
from gateway.manifests import digest_of
from gateway.pipeline import Gateway
from gateway.request import Request
from gateway.uploads import MULTIPART, from_multipart

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
CONTENT_LENGTH = re.compile(r"[0-9]{1,18}")
CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
PURPOSE_LENGTH_MAX = 200

Environ = Mapping[str, Any]  # WSGI's, which is Django's `request.META`


@dataclass(frozen=True)
class HttpAnswer:
    """A status, headers and a body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def status_line(self) -> str:
        """Return the status as WSGI wants it."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


def respond(gateway: Gateway, environ: Environ, read: Callable[[int], bytes]) -> HttpAnswer:
    """Answer one GET or POST; `read` gives the body's bytes, up to the length asked for."""
    correlation_id = correlation_id_of(environ)
    accept = environ.get("HTTP_ACCEPT", "")
    media_type = accept if accept in (GRAPHQL, JSON) else _accepted(accept)
    try:
        if media_type is None:
            raise refuse(f"Accept must allow {GRAPHQL} or {JSON}.", "NOT_ACCEPTABLE", status=406)
        read_only = environ["REQUEST_METHOD"] != "POST"
        asked = asked_of(environ, read)
        answer = gateway.answer(
            request_of(gateway, environ, asked, correlation_id=correlation_id, read_only=read_only)
        )
    except RequestError as error:
        body = without_data(error.errors, {"correlationId": correlation_id})
        answer = Answer(body, error.status, error.headers, malformed=True)
    return _answered(answer, media_type or JSON, correlation_id)


def asked_of(environ: Environ, read: Callable[[int], bytes]) -> dict[str, Any]:
    """Return what a POST asks in its body, or a GET in its address; refuse what is no GraphQL request."""
    return _asked(body_of(environ, read)) if environ["REQUEST_METHOD"] == "POST" else _from_address(environ)


def request_of(
    gateway: Gateway, environ: Environ, asked: dict[str, Any], *, correlation_id: str, read_only: bool
) -> Request:
    """Return the request that asks this, with the credentials and marks that came over HTTP."""
    address = gateway.proxies.client(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", ""))
    return Request(
        **asked,
        correlation_id=correlation_id,
        authorization=environ.get("HTTP_AUTHORIZATION"),
        api_key=environ.get("HTTP_X_API_KEY"),
        purpose=purpose_of(environ),
        address=address,
        traceparent=environ.get("HTTP_TRACEPARENT"),
        explain=environ.get("HTTP_X_EXPLAIN", ""),
        read_only=read_only,
    )


def purpose_of(environ: Environ) -> str:
    """Return the purpose that a request states; WSGI gives what was sent in UTF-8 as if it were Latin-1."""
    purpose: str = environ.get("HTTP_X_PURPOSE", "")
    if not purpose.isascii():
        with suppress(UnicodeError):
            purpose = purpose.encode("latin-1").decode()
    return purpose[:PURPOSE_LENGTH_MAX]


def correlation_id_of(environ: Environ) -> str:
    """Return the correlation id that a request brings, or a new one if it brings none that can be one."""
    given = environ.get("HTTP_X_CORRELATION_ID", "")
    return given if CORRELATION_ID.fullmatch(given) else str(uuid.uuid4())


def _accepted(header: str) -> str | None:
    """Return the media type to answer with: the newer one unless only plain JSON is asked for."""
    if not header:
        return JSON
    offers = {}
    for part in header.split(","):
        name, *parameters = [piece.strip().lower() for piece in part.split(";")]
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        offers[name] = quality not in {"0", "0.0", "0.00", "0.000"}
    for kind in (GRAPHQL, JSON):
        if offers.get(kind):
            return kind
    return GRAPHQL if offers.get("*/*") or offers.get("application/*") else None


def _from_address(environ: Environ) -> dict[str, Any]:
    try:
        given = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise refuse("The address may hold 100 parameters.", "BAD_REQUEST") from None
    return _asked(
        {
            "query": given.get("query"),
            "documentId": given.get("documentId"),
            "operationName": given.get("operationName") or None,
            "variables": _object(given.get("variables"), "variables"),
            "extensions": _object(given.get("extensions"), "extensions"),
        }
    )


def _object(text: str | None, name: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text, parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise refuse(f"`{name}` must be a JSON object.", "BAD_REQUEST") from None


def body_of(environ: Environ, read: Callable[[int], bytes]) -> dict[str, Any]:
    """Return the JSON object that a POST carries; refuse any other body, and one that is too large."""
    kind = environ.get("CONTENT_TYPE", "")
    if kind != JSON:
        try:
            name, parameters = parse_header_parameters(kind)
        except ValueError:
            name, parameters = "", {}
        if name == MULTIPART:
            multipart: dict[str, Any] = from_multipart(environ, read, _length(environ))
            return multipart
        if name != JSON:
            raise refuse(
                f"Content-Type must be {JSON}, or {MULTIPART} with files.",
                "UNSUPPORTED_MEDIA_TYPE",
                status=415,
            )
        if parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
            raise refuse("The body must be in UTF-8.", "UNSUPPORTED_MEDIA_TYPE", status=415)
    length, allowed = _length(environ), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if length > allowed:
        raise exceeded("Bytes of the body", "BODY_TOO_LARGE", found=length, allowed=allowed, status=413)
    try:
        content = json.loads(read(length), parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise refuse("The body must be a JSON object in UTF-8.", "BAD_REQUEST") from None
    if not isinstance(content, dict):
        raise refuse("The body must be a JSON object; batches are not served.", "BAD_REQUEST")
    return content


def _length(environ: Environ) -> int:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not CONTENT_LENGTH.fullmatch(length):
        raise refuse("Content-Length must be a number of bytes.", "BAD_REQUEST")
    return int(length)


def _asked(content: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a request, each of its right type."""
    name = content.get("operationName")
    variables, extensions = content.get("variables"), content.get("extensions")
    if name is not None and not isinstance(name, str):
        raise refuse("`operationName` must be a text.", "BAD_REQUEST")
    if variables is not None and not isinstance(variables, dict):
        raise refuse("`variables` must be an object.", "BAD_REQUEST")
    if extensions is not None and not isinstance(extensions, dict):
        raise refuse("`extensions` must be an object.", "BAD_REQUEST")
    text, identifier = _document(content, extensions or {})
    return {"text": text, "document_id": identifier, "operation_name": name, "variables": variables or {}}


def _document(content: dict[str, Any], extensions: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the document's text, or the identifier that stands for it: `documentId`, or Apollo's hash."""
    query, identifier = content.get("query"), content.get("documentId")
    if identifier is not None and (query is not None or not isinstance(identifier, str)):
        raise refuse("`documentId` must be a text, and stands instead of `query`.", "BAD_REQUEST")
    persisted = extensions.get("persistedQuery")
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if query is None and isinstance(found := identifier or digest, str) and found:
        return None, found
    if not isinstance(query, str) or not query:
        raise refuse("`query` must be the text of a GraphQL document.", "BAD_REQUEST")
    if digest is not None and digest != digest_of(query):
        raise refuse("`sha256Hash` is not that of `query`.", "PERSISTED_QUERY_HASH_MISMATCH")
    return query, None


def _answered(answer: Answer, media_type: str, correlation_id: str) -> HttpAnswer:
    """Return the HTTP answer; with plain JSON, a well-formed request that is refused answers 200."""
    status = 200 if media_type == JSON and answer.status == 400 and not answer.malformed else answer.status
    headers = [
        ("Content-Type", f"{media_type}; charset=utf-8"),
        ("Content-Length", str(len(answer.body))),
        ("X-Correlation-ID", correlation_id),
        ("Cache-Control", "no-store"),
        *answer.headers.items(),
    ]
    return HttpAnswer(status, headers, answer.body)

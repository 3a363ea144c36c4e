"""GraphQL over HTTP, after its specification: GET for queries, POST for everything, two media types.

A POST must be `application/json`: a form of another site can't send that, so no cookie-borne or cross-site
request gets in. Nothing here reads cookies at all.
"""

import json
import re
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views import View

from gateway.answer import Answer, without_data
from gateway.explorer import explorer_page
from gateway.failures import RequestError, refuse
from gateway.limits import exceeded
from gateway.pipeline import Gateway, Request

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
PURPOSE_LENGTH_MAX = 200


class GraphQLView(View):
    """The one address of the graph: answers operations, and shows the explorer to browsers."""

    gateway: ClassVar[Gateway | None] = None
    http_method_names = ["get", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer a query from the address, or show the explorer to a browser that asks for a page."""
        if "query" not in request.GET and "text/html" in request.headers.get("Accept", ""):
            return explorer_page(request)
        return self._respond(request, _from_address, read_only=True)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer an operation from the body."""
        return self._respond(request, _from_body, read_only=False)

    def _respond(self, request: HttpRequest, read: Any, *, read_only: bool) -> HttpResponse:
        correlation_id = _correlation_id(request)
        media_type = _accepted(request.headers.get("Accept", ""))
        if media_type is None:
            answer = _malformed(
                refuse(f"Accept must allow {GRAPHQL} or {JSON}.", "NOT_ACCEPTABLE", status=406),
                correlation_id,
            )
        else:
            try:
                asked = read(request)
                answer = self._gateway().answer(
                    Request(
                        **asked,
                        correlation_id=correlation_id,
                        authorization=request.headers.get("Authorization"),
                        purpose=request.headers.get("X-Purpose", "")[:PURPOSE_LENGTH_MAX],
                        address=request.META.get("REMOTE_ADDR") or None,
                        traceparent=request.headers.get("traceparent"),
                        explain=request.headers.get("X-Explain", ""),
                        read_only=read_only,
                    )
                )
            except RequestError as error:
                answer = _malformed(error, correlation_id)
        return _response(answer, media_type or JSON, correlation_id)

    def _gateway(self) -> Gateway:
        assert self.gateway is not None, "the view is made with as_view(gateway=…)"
        return self.gateway


def _correlation_id(request: HttpRequest) -> str:
    given = request.headers.get("X-Correlation-ID", "")
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


def _from_address(request: HttpRequest) -> dict[str, Any]:
    return _asked(
        {
            "query": request.GET.get("query"),
            "operationName": request.GET.get("operationName") or None,
            "variables": _object(request.GET.get("variables"), "variables"),
            "extensions": _object(request.GET.get("extensions"), "extensions"),
        }
    )


def _object(text: str | None, name: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise refuse(f"`{name}` must be a JSON object.", "BAD_REQUEST") from None


def _from_body(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != JSON:
        raise refuse(f"Content-Type must be {JSON}.", "UNSUPPORTED_MEDIA_TYPE", status=415)
    if (request.content_params or {}).get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise refuse("The body must be in UTF-8.", "UNSUPPORTED_MEDIA_TYPE", status=415)
    length, allowed = request.META.get("CONTENT_LENGTH") or "0", settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if not length.isdigit():
        raise refuse("Content-Length must be a number of bytes.", "BAD_REQUEST")
    if int(length) > allowed:
        raise exceeded("Bytes of the body", "BODY_TOO_LARGE", found=int(length), allowed=allowed, status=413)
    try:
        content = json.loads(request.body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise refuse("The body must be a JSON object in UTF-8.", "BAD_REQUEST") from None
    if not isinstance(content, dict):
        raise refuse("The body must be a JSON object; batches are not served.", "BAD_REQUEST")
    return _asked(content)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _asked(content: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a request, each of its right type."""
    query, name = content.get("query"), content.get("operationName")
    variables, extensions = content.get("variables"), content.get("extensions")
    if not isinstance(query, str) or not query:
        raise refuse("`query` must be the text of a GraphQL document.", "BAD_REQUEST")
    if name is not None and not isinstance(name, str):
        raise refuse("`operationName` must be a text.", "BAD_REQUEST")
    if variables is not None and not isinstance(variables, dict):
        raise refuse("`variables` must be an object.", "BAD_REQUEST")
    if extensions is not None and not isinstance(extensions, dict):
        raise refuse("`extensions` must be an object.", "BAD_REQUEST")
    return {"text": query, "operation_name": name, "variables": variables or {}}


def _malformed(error: RequestError, correlation_id: str) -> Answer:
    body = without_data(error.errors, {"correlationId": correlation_id})
    return Answer(body, error.status, error.headers, malformed=True)


def _response(answer: Answer, media_type: str, correlation_id: str) -> HttpResponse:
    """Return the HTTP response; with plain JSON, a well-formed request that is refused answers 200."""
    status = 200 if media_type == JSON and answer.status == 400 and not answer.malformed else answer.status
    response = HttpResponse(answer.body, status=status, content_type=f"{media_type}; charset=utf-8")
    response["X-Correlation-ID"] = correlation_id
    response["Cache-Control"] = "no-store"
    for name, value in answer.headers.items():
        response[name] = value
    return response

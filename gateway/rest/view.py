"""HTTP in: path, address and body become an operation's variables, which the gateway answers."""

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views import View

from gateway.failures import RequestError, refuse
from gateway.http import HttpAnswer, body_of, correlation_id_of, request_of
from gateway.pipeline import Gateway
from gateway.rest.answers import answered, problem, refused
from gateway.rest.endpoints import INPUT, KEY, PARAMETER, Endpoint
from gateway.rest.openapi import openapi
from gateway.rest.page import page, policy
from gateway.viewer import ANONYMOUS

WHOLE_NUMBER = re.compile("-?[0-9]{1,10}")
BOOLEANS = {"true": True, "false": False}


def addresses(gateway: Gateway, endpoints: list[Endpoint]) -> list[URLPattern]:
    """Return the addresses of endpoints, of the document and the page about them, and of all else below `/api`."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for each in endpoints:
        by_path.setdefault(each.path, {})[each.method] = each
    found = [
        path(
            PARAMETER.sub(r"<str:\1>", place.removeprefix("/")),
            RestView.as_view(gateway=gateway, served=served),
        )
        for place, served in by_path.items()
    ]
    document = Document(gateway, endpoints)
    return [
        path("api/openapi.json", DocumentView.as_view(gateway=gateway, document=document)),
        path("api/", PageView.as_view(gateway=gateway, document=document)),
        *found,
        re_path(r"^api(?:/|$)", unknown_address),
    ]


def unknown_address(request: HttpRequest) -> HttpResponse:
    """Answer what no endpoint serves as a problem, as everything that is not done."""
    message = "Nothing is served at this address: /api/openapi.json tells what is."
    return _django(problem(404, "NOT_FOUND", message, correlation_id_of(request.META), headers={}))


class RestView(View):
    """One path, and the endpoint of each method that it serves."""

    gateway: ClassVar[Gateway | None] = None
    served: ClassVar[Mapping[str, Endpoint]] = {}

    def dispatch(self, request: HttpRequest, **parameters: Any) -> HttpResponse:
        """Answer by the endpoint of the request's method."""
        return _django(self._answer(request, parameters))

    def _answer(self, request: HttpRequest, parameters: dict[str, str]) -> HttpAnswer:
        assert self.gateway is not None, "the view is made with as_view(gateway=…, served=…)"
        correlation_id = correlation_id_of(request.META)
        endpoint = self.served.get(str(request.method))
        if endpoint is None:
            allowed = {"Allow": ", ".join(sorted(self.served))}
            message = f"This address serves {allowed['Allow']}."
            return problem(405, "METHOD_NOT_ALLOWED", message, correlation_id, headers=allowed)
        try:
            variables = variables_of(endpoint, request, parameters)
            asked = {"text": endpoint.text, "operation_name": endpoint.name, "variables": variables}
            answer = self.gateway.answer(
                request_of(
                    self.gateway,
                    request.META,
                    asked,
                    correlation_id=correlation_id,
                    read_only=endpoint.method == "GET",
                )
            )
        except RequestError as error:
            return refused(error, correlation_id)
        return answered(endpoint, answer, correlation_id)


class Document:
    """The OpenAPI document of endpoints, made when it is first asked for."""

    def __init__(self, gateway: Gateway, endpoints: list[Endpoint]) -> None:
        self.gateway, self.endpoints = gateway, endpoints

    @cached_property
    def text(self) -> str:
        """Return it as JSON."""
        return openapi(self.gateway.schema, self.endpoints)


class DocumentView(View):
    """The OpenAPI document, for whom the schema is open."""

    gateway: ClassVar[Gateway | None] = None
    document: ClassVar[Document | None] = None

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer the document, unless the schema is not shown to everyone here."""
        assert self.gateway is not None, "the view is made with as_view(gateway=…, document=…)"
        assert self.document is not None
        if not self.gateway.visibility.includes(ANONYMOUS):
            correlation_id = correlation_id_of(request.META)
            message = "The schema is not shown here; docs/openapi.json holds this document."
            return _django(problem(403, "INTROSPECTION_OFF", message, correlation_id, headers={}))
        return self._shown(self.document, request)

    def http_method_not_allowed(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Answer in the way of the endpoints."""
        allowed = {"Allow": "GET, HEAD, OPTIONS"}
        message = f"This address serves {allowed['Allow']}."
        correlation_id = correlation_id_of(request.META)
        return _django(problem(405, "METHOD_NOT_ALLOWED", message, correlation_id, headers=allowed))

    def _shown(self, document: Document, request: HttpRequest) -> HttpResponse:  # noqa: ARG002  a page needs it
        return HttpResponse(document.text, content_type="application/json")


class PageView(DocumentView):
    """The same as a page for people."""

    def _shown(self, document: Document, request: HttpRequest) -> HttpResponse:
        shown = page(json.loads(document.text), base_url=request.build_absolute_uri("/").rstrip("/"))
        return HttpResponse(shown, headers={"Content-Security-Policy": policy(), "Cache-Control": "no-store"})


def variables_of(endpoint: Endpoint, request: HttpRequest, parameters: dict[str, str]) -> dict[str, Any]:
    """Return the operation's variables: from the path, then the address or the body; refuse what is neither.

    What a path names and no variable does belongs to the input, as the body does. A key against doing something
    twice comes in the header `Idempotency-Key`.
    """
    known = endpoint.variables
    variables: dict[str, Any] = {name: value for name, value in parameters.items() if name in known}
    if endpoint.method == "GET":
        for name, text in parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True):
            if name not in known or name in variables:
                raise refuse(f"There is no parameter {name[:50]!r} here, or it stands twice.", "BAD_REQUEST")
            variables[name] = _typed(name, known[name], text)
        return variables
    body = body_of(request.META, request.read)
    if INPUT in known:
        variables[INPUT] = {
            **body,
            **{name: value for name, value in parameters.items() if name not in known},
        }
    else:
        variables = {**body, **variables}
    if KEY in known:
        key = request.headers.get("Idempotency-Key")
        if not key:
            raise refuse("Send a key of your own in the header Idempotency-Key.", "IDEMPOTENCY_KEY_MISSING")
        variables[KEY] = key
    return variables


def _typed(name: str, kind: str, text: str) -> Any:
    """Return a text of the address as a variable of its type takes it."""
    plain = kind.rstrip("!")
    if plain == "Int":
        if not WHOLE_NUMBER.fullmatch(text):
            raise refuse(f"{name} must be a whole number.", "INVALID_VARIABLE")
        return int(text)
    if plain == "Boolean":
        if text not in BOOLEANS:
            raise refuse(f"{name} must be true or false.", "INVALID_VARIABLE")
        return BOOLEANS[text]
    return text


def _django(answer: HttpAnswer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))

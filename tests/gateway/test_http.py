"""GraphQL over HTTP after its specification, beneath Django and on the short way for operations alike."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import RequestFactory

from banking_project.wsgi import application, django_application
from gateway.http import purpose_of

pytestmark = pytest.mark.django_db

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
TYPENAME = {"query": "{ __typename }"}
INVALID = {"query": "{ nothing }"}
CLOSE = 'mutation { closeCustomer(input: {id: "x"}) { customer { id } } }'


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body.decode("utf-8"))

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.json.get("errors", [])]

    @property
    def media_type(self) -> str:
        return self.headers["content-type"]


Send = Callable[..., Response]


def exchange(
    served: Any,
    method: str = "POST",
    body: Any = TYPENAME,
    *,
    kind: str = JSON,
    query: str = "",
    **headers: str,
) -> Response:
    """Send a request to a WSGI application as a server would."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    environ = RequestFactory().generic(method, "/graphql", raw, kind, headers={"Accept": GRAPHQL}).environ
    environ |= {"QUERY_STRING": query, "CONTENT_TYPE": kind, "wsgi.input": BytesIO(raw)}
    for name, value in headers.items():
        key = name.upper()
        environ[key if key.startswith(("CONTENT_", "REMOTE_")) else f"HTTP_{key}"] = value
    told: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        told.update(status=int(status.split()[0]), headers={name.lower(): text for name, text in headers})

    response = served(environ, start)
    content = b"".join(response)
    if hasattr(response, "close"):
        response.close()
    return Response(told["status"], told["headers"], content)


@pytest.fixture(params=["short", "django"])
def send(request: pytest.FixtureRequest) -> Send:
    """Return what sends a request to the application that gunicorn serves, or to Django's beneath it."""
    return partial(exchange, application if request.param == "short" else django_application)


def get(send: Send, **parameters: str) -> Response:
    return send("GET", b"", kind="", query=urlencode(parameters))


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}; charset=utf-8, text/html", JSON),
        ("*/*", GRAPHQL),
        ("application/*", GRAPHQL),
        (f"text/html, {JSON}", JSON),
        (f"{GRAPHQL};q=0, {JSON}", JSON),
        ("APPLICATION/JSON", JSON),
    ],
)
def test_the_answer_has_the_media_type_that_was_accepted(send: Send, accept: str, media_type: str) -> None:
    response = send(accept=accept)
    assert (response.status, response.media_type) == (200, f"{media_type}; charset=utf-8")
    assert response.json["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    "accept", ["text/plain", "image/*", f"{JSON};q=0", "application/xml, text/csv", ";", "nonsense"]
)
def test_a_media_type_that_is_not_served_is_not_acceptable(send: Send, accept: str) -> None:
    response = send(accept=accept)
    assert (response.status, response.codes) == (406, ["NOT_ACCEPTABLE"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        (INVALID, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_NOT_FOUND"),
        ({"query": "query ($n: Int!) { customers(first: $n) { totalCount } }"}, "INVALID_VARIABLE"),
    ],
)
def test_a_request_error_is_400_without_data_and_200_for_plain_json(
    send: Send, body: dict[str, str], code: str
) -> None:
    for accept, status in ((GRAPHQL, 400), (JSON, 200)):
        response = send(body=body, accept=accept)
        assert (response.status, set(response.codes)) == (status, {code})
        assert "data" not in response.json


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"1",
        b"\xff",
        b'{"query": 1}',
        b'{"query": null}',
        b"{}",
        b'{"query": ""}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "operationName": 1}',
        b'{"query": "{ __typename }", "extensions": "x"}',
        b'{"query": "{ __typename }", "variables": {"a": NaN}}',
        b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 5_000 + b"}}",
    ],
)
def test_a_body_that_is_no_graphql_request_is_400_for_either_media_type(send: Send, body: bytes) -> None:
    for accept in (GRAPHQL, JSON):
        response = send(body=body, accept=accept)
        assert (response.status, response.codes) == (400, ["BAD_REQUEST"])


def test_what_may_be_null_or_unknown_in_a_body_is_taken(send: Send) -> None:
    body = TYPENAME | {"variables": None, "operationName": None, "extensions": None, "other": [1]}
    assert send(body=body).json["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        f"{JSON}; charset=latin-1",
        "application/jsonx",
        f"{GRAPHQL}",
    ],
)
def test_another_content_type_is_not_supported(send: Send, kind: str) -> None:
    response = send(content_type=kind)
    assert (response.status, response.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


def test_a_content_type_that_can_t_be_read_is_not_supported() -> None:
    """On the short way, which POSTs take: Django's own request fails on it before any view."""
    response = exchange(application, content_type=f"{JSON}; charset*=nowhere''utf-8")
    assert (response.status, response.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


@pytest.mark.parametrize("kind", [f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"', "Application/JSON"])
def test_json_in_utf_8_is_supported_however_it_is_written(send: Send, kind: str) -> None:
    assert send(content_type=kind).status == 200


def test_a_body_over_the_limit_is_refused_unread(send: Send) -> None:
    response = send(content_length="1048577")
    assert (response.status, response.codes) == (413, ["BODY_TOO_LARGE"])


@pytest.mark.parametrize("length", ["-1", "x", "1.5", "²", "9" * 5_000])
def test_a_length_that_is_no_number_of_bytes_is_refused(send: Send, length: str) -> None:
    response = send(content_length=length)
    assert (response.status, response.codes) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "TRACE"])
def test_other_methods_are_not_allowed_and_told_which_are(send: Send, method: str) -> None:
    response = send(method)
    assert response.status == 405
    assert {"GET", "POST"} <= set(response.headers["allow"].replace(" ", "").split(","))


def test_a_query_may_be_asked_by_get(send: Send) -> None:
    text = "query A($n: String!) { __type(name: $n) { name } } query B { __typename }"
    response = get(send, query=text, variables='{"n": "Customer"}', operationName="A", extensions="{}")
    assert (response.status, response.media_type) == (200, f"{GRAPHQL}; charset=utf-8")
    assert response.json["data"] == {"__type": {"name": "Customer"}}
    assert get(send, query="{ __typename }", variables="", operationName="").status == 200


def test_a_mutation_by_get_is_refused_and_told_how(send: Send) -> None:
    response = get(send, query=CLOSE)
    assert (response.status, response.codes) == (405, ["METHOD_NOT_ALLOWED"])
    assert response.headers["allow"] == "POST"
    both = f"query A {{ __typename }} {CLOSE.replace('mutation', 'mutation B')}"
    assert get(send, query=both, operationName="A").status == 200
    assert get(send, query=both, operationName="B").status == 405


@pytest.mark.parametrize(
    "query",
    [
        "",
        "query=",
        "quer=1",
        "query=%7B",
        "query=%FF",
        "variables=%7B%7D",
        "query=%7B__typename%7D&variables=%7B",
        "query=%7B__typename%7D&variables=[]",
        "query=%7B__typename%7D&variables=NaN",
        "&".join(["a=1"] * 200),
        "%",
        "=&=&;",
    ],
)
def test_an_address_that_holds_no_request_is_400(send: Send, query: str) -> None:
    response = send("GET", b"", kind="", query=query)
    assert response.status == 400
    assert set(response.codes) <= {"BAD_REQUEST", "GRAPHQL_PARSE_FAILED"}


def test_without_credentials_data_is_401_and_says_so_once(send: Send) -> None:
    for accept in (GRAPHQL, JSON):
        response = send(body={"query": "{ customers { totalCount } }"}, accept=accept)
        assert (response.status, response.codes) == (401, ["UNAUTHENTICATED"])
        assert response.headers["www-authenticate"] == "Bearer"
        assert "data" not in response.json


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer \xe9", "Bearer a.b.c", "x" * 5_000]
)
def test_credentials_that_do_not_hold_are_401_even_for_public_questions(send: Send, header: str) -> None:
    response = send(authorization=header)
    assert (response.status, response.codes) == (401, ["UNAUTHENTICATED"])


@pytest.mark.parametrize("given", ["abc-123._X", "0", "x" * 64])
def test_a_correlation_id_that_was_sent_is_returned(send: Send, given: str) -> None:
    for body in (TYPENAME, INVALID, b"nonsense"):
        response = send(body=body, x_correlation_id=given)
        assert response.headers["x-correlation-id"] == given
        assert response.json["extensions"]["correlationId"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", 'a"b', "é", "../etc", "a\tb", "<script>"])
def test_a_correlation_id_of_another_form_is_replaced(send: Send, given: str) -> None:
    response = send(x_correlation_id=given)
    made = response.headers["x-correlation-id"]
    assert made != given
    assert len(made) == 36
    assert response.json["extensions"]["correlationId"] == made


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("traceparent", "nonsense"),
        ("traceparent", "00-" + "0" * 32 + "-" + "0" * 16 + "-00"),
        ("x_purpose", "é" * 5_000),
        ("x_explain", "everything"),
        ("remote_addr", "nonsense"),
        ("remote_addr", ""),
        ("x_forwarded_for", "1.2.3.4, nonsense"),
        ("cookie", "sessionid=x; JWT=y"),
    ],
)
def test_odd_headers_do_no_harm(send: Send, name: str, value: str) -> None:
    response = send(**{name: value})
    assert (response.status, response.json["data"]) == (200, {"__typename": "Query"})


@pytest.mark.parametrize(
    ("sent", "stated"),
    [
        ("शिकायत ४२", "शिकायत ४२"),
        ("Beschwerde für 42".encode("latin-1"), "Beschwerde für 42"),
        ("अ" * 300, "अ" * 200),
    ],
)
def test_a_purpose_is_read_in_the_letters_that_it_was_written_in(sent: str | bytes, stated: str) -> None:
    """WSGI hands headers over as Latin-1; customers are shown the purpose."""
    raw = sent if isinstance(sent, bytes) else sent.encode()
    assert purpose_of({"HTTP_X_PURPOSE": raw.decode("latin-1")}) == stated


def test_no_answer_is_kept_by_caches_or_guessed_at_by_browsers(send: Send) -> None:
    for body in (TYPENAME, INVALID, b"nonsense"):
        headers = send(body=body).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in headers


def test_a_text_with_half_of_a_surrogate_pair_is_answered_in_utf_8(send: Send) -> None:
    text = "query ($f: CustomerFilter) { customers(filter: $f) { totalCount } }"
    body = b'{"query": "%s", "variables": {"f": {"\\ud800": 1}}}' % text.encode()
    response = send(body=body)
    assert (response.status, response.codes) == (400, ["INVALID_VARIABLE"])

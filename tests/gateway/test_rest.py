"""REST over the graph: the same answers, access, receipts and refusals, with HTTP's own statuses."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings

from domains.audit.models import AuditLog
from domains.customers.operations import create_customer, link_login
from domains.identity.models import User
from domains.identity.sessions import open_session
from domains.kernel.actor import Actor
from domains.kyc.models import KYCProfile
from gateway.rest.endpoints import Unservable, read_endpoints
from gateway.rest.openapi import openapi
from gateway.rest.statuses import status_of
from gateway.tokens import tokens_of
from schema.root import gateway
from tests.asking import ask
from tests.people import make_user

MOBILE = "+919820012345"
HERE = f"/api/customers/{quote(MOBILE)}"


@pytest.fixture
def officer(db: None) -> User:
    return make_user("omar", "kyc_officer")


@pytest.fixture
def customer(db: None) -> Any:
    actor = Actor.system("test")
    return create_customer(actor=actor, full_name="Asha Rao", mobile=MOBILE, email="asha@example.org")


def token_of(user: User) -> str:
    return tokens_of(open_session(user=user)).access


def call(method: str, path: str, user: User | None = None, body: Any = None, **headers: str) -> HttpResponse:
    sent = {"X-Purpose": "a test", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if user is not None:
        sent["Authorization"] = f"Bearer {token_of(user)}"
    options: dict[str, Any] = {"headers": sent}
    if method == "POST":
        options |= {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(Client(), method.lower())(path, **options)  # type: ignore[no-any-return]


def told(response: HttpResponse) -> Any:
    return json.loads(response.content)


def problem(response: HttpResponse) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    body = told(response)
    assert body["status"] == response.status_code
    return response.status_code, body["code"]


def test_a_customer_is_answered_as_the_graph_answers(officer: User, customer: Any) -> None:
    response = call("GET", HERE, officer)
    assert response.status_code == 200
    fields = "id fullName mobile email status version createdAt updatedAt closedAt"
    text = f'{{ customer(mobile: "{MOBILE}") {{ {fields} }} }}'
    assert told(response) == {"data": ask(text, token=token_of(officer)).data["customer"]}
    assert call("GET", "/api/customers/9820012345", officer).content == response.content


def test_access_and_receipts_are_those_of_the_graph(db: None, customer: Any) -> None:
    auditor = make_user("anna", "auditor")
    shown = told(call("GET", HERE, auditor))["data"]
    assert shown["mobile"] == "+91XXXXXX2345"
    assert shown["email"] != "asha@example.org"
    assert AuditLog.objects.filter(event="READ", subjects=[customer], viewer_id=auditor.id).exists()


def test_what_may_not_be_seen_looks_like_what_is_not_there(db: None, customer: Any) -> None:
    user = make_user("carl", "customer")
    link_login(
        actor=Actor.system("test"),
        customer_id=create_customer(actor=Actor.system("test"), full_name="Carl", mobile="+919820012399"),
        user_id=user.id,
    )
    others, nobodys = call("GET", HERE, user), call("GET", "/api/customers/9820055555", user)
    assert problem(others) == problem(nobodys) == (404, "NOT_FOUND")
    assert told(others).keys() == told(nobodys).keys()
    assert told(call("GET", "/api/customers/9820012399", user))["data"]["fullName"] == "Carl"


@pytest.mark.parametrize("part", ["demat-accounts", "portfolios", "transactions"])
def test_what_a_customer_has_is_answered_in_pages(officer: User, customer: Any, part: str) -> None:
    response = call("GET", f"{HERE}/{part}?first=5", officer)
    assert told(response)["data"] == {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}


def test_a_profile_is_opened_by_post_once_and_read_by_get(officer: User, customer: Any) -> None:
    assert problem(call("GET", f"{HERE}/kyc", officer)) == (404, "NOT_FOUND")
    body = {"customer": f"Customer:{customer}", "pan": "AAAPR1234K"}
    made = [
        call("POST", "/api/kyc-profiles", officer, body, Idempotency_Key="once-and-again") for _ in range(2)
    ]
    assert [each.status_code for each in made] == [201, 201], made[0].content
    assert KYCProfile.objects.count() == 1
    assert told(call("GET", f"{HERE}/kyc", officer))["data"]["pan"] == "AAAPR1234K"
    again = call("POST", "/api/kyc-profiles", officer, body, Idempotency_Key="another-one")
    assert again.status_code == 409
    missing = call("POST", "/api/kyc-profiles", officer, body)
    assert problem(missing) == (400, "IDEMPOTENCY_KEY_MISSING")


def test_creating_and_closing_a_customer(db: None) -> None:
    admin = make_user("admin", "administrator")
    made = call("POST", "/api/customers", admin, {"fullName": "Asha Rao", "mobile": MOBILE})
    assert (made.status_code, told(made)["data"]["problems"]) == (201, [])
    key = told(made)["data"]["customer"]["id"]
    taken = call("POST", "/api/customers", admin, {"fullName": "Other", "mobile": MOBILE})
    assert taken.status_code == 409
    assert problem(taken)[1] == told(taken)["problems"][0]["code"]
    closed = call("POST", f"/api/customers/{key}/close", admin, {})
    assert told(closed)["data"]["customer"]["status"] == "CLOSED"


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/api/customers/9820012345?colour=red", None, (400, "BAD_REQUEST")),
        ("GET", "/api/customers/9820012345/transactions?first=many", None, (400, "INVALID_VARIABLE")),
        ("GET", "/api/customers/9820012345/transactions?first=--5", None, (400, "INVALID_VARIABLE")),
        ("GET", "/api/customers/9820012345/transactions?first=-", None, (400, "INVALID_VARIABLE")),
        ("GET", "/api/customers/9820012345/transactions?first=9999", None, (400, "PAGE_SIZE_OUT_OF_RANGE")),
        ("GET", "/api/customers/9820012345/transactions?after=x", None, (400, "INVALID_CURSOR")),
        ("GET", "/api/customers/nonsense", None, (400, "INVALID_VARIABLE")),
        ("POST", "/api/customers/9820012345", {}, (405, "METHOD_NOT_ALLOWED")),
        ("GET", "/api/customers", None, (405, "METHOD_NOT_ALLOWED")),
        ("POST", "/api/customers", {"fullName": "x"}, (400, "INVALID_VARIABLE")),
        ("POST", "/api/customers", [], (400, "BAD_REQUEST")),
        ("POST", "/api/customers", {"fullName": "", "mobile": MOBILE}, (422, "INVALID_FULL_NAME")),
        ("POST", "/api/customers/Customer:x/close", {}, (403, "NOT_ALLOWED")),
    ],
)
def test_what_can_t_be_done_has_its_status_and_code(
    officer: User, method: str, path: str, body: Any, expected: tuple[int, str]
) -> None:
    assert problem(call(method, path, officer, body)) == expected


def test_who_is_nobody_is_refused_and_a_form_is_no_body(officer: User, customer: Any) -> None:
    refused = call("GET", HERE)
    assert problem(refused) == (401, "UNAUTHENTICATED")
    assert refused["WWW-Authenticate"] == "Bearer"
    form = Client().post("/api/customers", {"fullName": "x"}, headers={"Authorization": "Bearer x"})
    assert problem(form) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_statuses_follow_the_family_of_a_failure() -> None:
    for code, status in {"USERNAME_TAKEN": 409, "WEAK_PASSWORD": 422, "USER_NOT_FOUND": 404}.items():
        assert status_of(code, default=0) == status
    assert status_of("NEVER_HEARD_OF", default=422) == 422


def test_the_document_describes_every_endpoint_and_answers_fit_it(officer: User, customer: Any) -> None:
    document = told(Client().get("/api/openapi.json"))
    endpoints = read_endpoints(settings.BASE_DIR / "rest", gateway().schema)
    served = {(each.path, each.method.lower()) for each in endpoints}
    assert served == {(path, method) for path, methods in document["paths"].items() for method in methods}
    names = [
        described["operationId"] for methods in document["paths"].values() for described in methods.values()
    ]
    assert len(names) == len(set(names)) == len(endpoints) > 10
    references = set(_references(document))
    assert references <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    described = document["paths"]["/api/customers/{mobile}"]["get"]["responses"]["200"]
    schema = described["content"]["application/json"]["schema"]["properties"]["data"]
    assert schema["required"] == list(told(call("GET", HERE, officer))["data"])
    assert schema["properties"]["email"] == {"type": ["string", "null"]}
    assert openapi(gateway().schema, endpoints) == (settings.BASE_DIR / "docs/openapi.json").read_text()


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for item in value.values() for found in _references(item)]
    return [found for item in value for found in _references(item)] if isinstance(value, list) else []


def test_the_document_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Client().get("/api/openapi.json").content
    monkeypatch.setattr("gateway.rest.view.openapi", lambda *_: pytest.fail("it was made again"))
    assert Client().get("/api/openapi.json").content == first


def test_the_document_is_shown_where_the_schema_is(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.introspection import Visibility

    with override_settings(GATEWAY_INTROSPECTION=False):
        monkeypatch.setattr(gateway(), "visibility", Visibility.configured())
    assert problem(Client().get("/api/openapi.json")) == (403, "INTROSPECTION_OFF")
    assert problem(Client().get("/api/")) == (403, "INTROSPECTION_OFF")


def test_the_page_shows_every_endpoint_with_its_parameters_and_an_example() -> None:
    answer = Client().get("/api/", headers={"Host": "testserver"})
    text = answer.content.decode()
    for path, operations in told(Client().get("/api/openapi.json"))["paths"].items():
        filled = path.replace("{", "$").replace("}", "")
        assert f"curl -s &quot;http://testserver{filled}&quot;" in text
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in text
            assert all(each["name"] in text for each in operation["parameters"])
    assert "How much, above zero." in text


@pytest.mark.parametrize("address", ["/api/", "/api/openapi.json"])
def test_what_describes_the_endpoints_is_only_read(address: str) -> None:
    answer = Client().post(address)
    assert problem(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_the_page_runs_no_script_and_allows_its_own_style_alone() -> None:
    answer = Client().get("/api/")
    text, policy = answer.content.decode(), answer.headers["Content-Security-Policy"]
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in text
    assert " style=" not in text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("query A { __typename }", "must begin with"),
        ("# GET /api/a\nquery A { nothing }", "Cannot query field"),
        ("# GET /api/a\n{ me { roles } }", "with a name"),
        ("# GET /api/a\nquery A { me { ...F } } fragment F on Me { roles }", "no fragments"),
        ("# POST /api/a\nquery A { me { roles } }", "GET serves queries"),
        ("# GET /api/{id}\nquery A { me { roles } }", r"no variable \$id"),
        ("# GET /api/a\n# answer: me.customer\nquery A { me { roles } }", "selects no me.customer"),
    ],
)
def test_a_file_that_is_no_endpoint_stops_the_start(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "one.graphql").write_text(text)
    with pytest.raises(Unservable, match=fault):
        read_endpoints(tmp_path, gateway().schema)


def test_two_files_at_one_place_stop_the_start(tmp_path: Path) -> None:
    for name, parameter in (("a", "id"), ("b", "key")):
        text = (
            f"# GET /api/x/{{{parameter}}}\nquery A(${parameter}: ID!) {{ node(id: ${parameter}) {{ id }} }}"
        )
        (tmp_path / f"{name}.graphql").write_text(text)
    with pytest.raises(Unservable, match="served by two files"):
        read_endpoints(tmp_path, gateway().schema)


@pytest.mark.parametrize("path", ["/api", "/api/nothing", "/api/cases/", "/api/customers/a%2Fb"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_no_endpoint_has_is_a_problem_too(method: str, path: str) -> None:
    response = call(method, path, body={})
    assert problem(response) == (404, "NOT_FOUND")
    assert told(response)["correlationId"] == response["X-Correlation-ID"]

"""Files in a request, after the GraphQL multipart request specification, and what a form elsewhere can not do."""

import json
from typing import Any

import pytest
from django.test import Client

from domains.audit.models import AuditLog
from domains.customers.operations import create_customer, link_login
from domains.identity.models import SessionEnd, User
from domains.identity.sessions import end_sessions
from domains.kernel.actor import Actor
from domains.kyc.models import KYCDocument
from domains.kyc.operations import open_profile
from tests.asking import Answered, ask, signed_in
from tests.domains.kyc.test_documents import image
from tests.people import make_user

ATTACH = """
mutation ($input: AttachKYCDocumentInput!) {
  attachKycDocument(input: $input) { document { id contentType link } problems { code path } }
}
"""
LINKS = "{ kycProfiles { nodes { documents { nodes { id link } } } } }"
BOUNDARY = "boundary"


@pytest.fixture
def customer(db: None) -> User:
    user = make_user("asha", "customer")
    actor = Actor.system("test")
    customer_id = create_customer(actor=actor, full_name="Asha Rao", mobile="+919820012345")
    link_login(actor=actor, customer_id=customer_id, user_id=user.id)
    open_profile(actor=actor, customer_id=customer_id)
    return user


def profile_of(token: str) -> dict[str, Any]:
    (profile,) = ask("{ kycProfiles { nodes { id version } } }", token=token).data["kycProfiles"]["nodes"]
    return dict(profile)


def parts(*given: tuple[str, str, bytes]) -> bytes:
    pieces = []
    for name, more, content in given:
        pieces.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content
        )
    return b"\r\n".join(pieces) + f"\r\n--{BOUNDARY}--\r\n".encode()


def send(body: bytes, token: str = "", **headers: str) -> Answered:
    sent = {"Accept": "application/graphql-response+json", "GraphQL-Preflight": "1", **headers}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    response = Client(REMOTE_ADDR="192.0.2.7").post("/graphql", body, content_type=kind, headers=sent)
    text = response.content.decode()
    return Answered(response.status_code, json.loads(text), text)


def multipart(operations: Any, places: Any, **files: bytes) -> bytes:
    told = [("operations", "", json.dumps(operations).encode()), ("map", "", json.dumps(places).encode())]
    return parts(*told, *((name, '; filename="a.exe"', content) for name, content in files.items()))


def attaching(token: str, content: bytes) -> bytes:
    profile = profile_of(token)
    variables = {"input": {**profile, "kind": "PASSPORT", "file": None}}
    return multipart({"query": ATTACH, "variables": variables}, {"f": ["variables.input.file"]}, f=content)


def test_a_document_is_sent_linked_and_fetched(customer: User) -> None:
    token, content = signed_in(customer), image("JPEG")
    payload = send(attaching(token, content), token).data["attachKycDocument"]
    assert payload["problems"] == []
    assert payload["document"]["contentType"] == "JPEG"
    response = Client().get(payload["document"]["link"])
    assert response.status_code == 200
    assert response.content == content
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    told = list(AuditLog.objects.order_by("-id").values_list("event", "operation_name")[:2])
    assert told == [("EXPORT", "open_document"), ("READ", "OpenDocument")]
    assert AuditLog.objects.filter(event="READ", operation_name="OpenDocument").get().subjects


def test_a_link_holds_by_itself_and_ends_with_the_session_it_was_made_in(customer: User) -> None:
    token = signed_in(customer)
    link = send(attaching(token, image()), token).data["attachKycDocument"]["document"]["link"]
    assert Client().get(link).status_code == 200
    end_sessions(user=customer, reason=SessionEnd.LOGOUT, actor=Actor.system("test"))
    assert Client().get(link).status_code == 404
    assert Client().get("/documents/made-up").status_code == 404
    assert Client().post(link).status_code == 405


def test_who_may_not_see_identity_numbers_gets_no_link(customer: User) -> None:
    token = signed_in(customer)
    send(attaching(token, image()), token)

    def links(role: str, **headers: str) -> list[Any]:
        seen = ask(LINKS, token=signed_in(make_user(role, role)), headers={"X-Purpose": "audit"})
        return [each["link"] for each in seen.data["kycProfiles"]["nodes"][0]["documents"]["nodes"]]

    assert links("kyc_officer")[0].startswith("/documents/")
    assert links("operations") == links("auditor") == [None]


def test_an_officer_who_lost_the_role_gets_nothing_by_an_old_link(customer: User) -> None:
    token = signed_in(customer)
    send(attaching(token, image()), token)
    officer = make_user("meera", "kyc_officer")
    seen = ask(LINKS, token=signed_in(officer)).data["kycProfiles"]["nodes"][0]
    link = seen["documents"]["nodes"][0]["link"]
    assert Client().get(link).status_code == 200
    officer.groups.clear()
    assert Client().get(link).status_code == 404


def test_an_unreadable_file_is_told_by_its_place(customer: User) -> None:
    token = signed_in(customer)
    payload = send(attaching(token, b"MZ" + bytes(500)), token).data["attachKycDocument"]
    assert payload == {"document": None, "problems": [{"code": "INVALID_DOCUMENT", "path": ["file"]}]}
    assert not KYCDocument.objects.exists()


def test_without_the_header_or_credentials_nothing_is_read(customer: User) -> None:
    body = attaching(signed_in(customer), image())
    assert send(body, signed_in(customer), **{"GraphQL-Preflight": ""}).codes == ["UNSUPPORTED_MEDIA_TYPE"]
    refused = send(body)
    assert (refused.status, refused.codes) == (401, ["UNAUTHENTICATED"])


QUERY = {"query": ATTACH, "variables": {"input": {"file": None, "list": [None]}}}


@pytest.mark.parametrize(
    "body",
    [
        b"nothing of multipart",
        parts(("operations", "", b"{")),
        parts(("operations", "", b"[]"), ("map", "", b"{}")),
        parts(("operations", "", json.dumps(QUERY).encode())),
        multipart(QUERY, {}, f=b"x"),
        multipart(QUERY, {"f": ["variables.input.file"], "g": ["variables.input.list.0"]}, f=b"x"),
        multipart(QUERY, {"f": "variables.input.file"}, f=b"x"),
        multipart(QUERY, {"f": ["variables.input.file", "variables.input.list.0"]}, f=b"x"),
        multipart(QUERY, {"f": ["variables.input.other"]}, f=b"x"),
        multipart(QUERY, {"f": ["variables.input.list.1"]}, f=b"x"),
        multipart(QUERY, {"f": ["variables.input"]}, f=b"x"),
        multipart(QUERY, {"f": [f"variables.input.list.{'9' * 5_000}"]}, f=b"x"),
        multipart(QUERY, {"f": ["variables.input.list.²"]}, f=b"x"),
        multipart({**QUERY, "variables": {"f": None, "n": float("nan")}}, {"f": ["variables.f"]}, f=b"x"),
        multipart(QUERY, {"f": ["query"]}, f=b"x"),
        multipart(QUERY, {"f": [7]}, f=b"x"),
    ],
)  # fmt: skip
def test_what_the_specification_does_not_allow_is_refused(customer: User, body: bytes) -> None:
    refused = send(body, signed_in(customer))
    assert (refused.status, refused.codes) == (400, ["BAD_REQUEST"])


def test_too_many_and_too_large_are_refused(customer: User, settings: Any) -> None:
    token = signed_in(customer)
    names = {f"f{n}": [f"variables.list.{n}"] for n in range(6)}
    operations = {"query": ATTACH, "variables": {"list": [None] * 6}}
    many = multipart(operations, names, **dict.fromkeys(names, b"x"))
    assert send(many, token).codes == ["TOO_MANY_FILES"]
    settings.UPLOAD_BYTES_MAX = 100
    large = send(many, token)
    assert (large.status, large.codes) == (413, ["BODY_TOO_LARGE"])


def test_what_json_holds_is_no_file(customer: User) -> None:
    token = signed_in(customer)
    variables = {"input": {**profile_of(token), "kind": "PASSPORT", "file": "text"}}
    assert ask(ATTACH, variables, token=token).codes == ["INVALID_VARIABLE"]


def test_a_file_where_none_belongs_is_refused(customer: User) -> None:
    token = signed_in(customer)
    asked = {"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": None}}
    assert send(multipart(asked, {"f": ["variables.id"]}, f=b"x"), token).codes == ["INVALID_VARIABLE"]

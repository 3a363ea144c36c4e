"""Stored documents: called by their identifier, and for some viewers the only ones that are answered."""

import hashlib
import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client

from domains.audit.models import AuditLog
from gateway.http import respond
from gateway.manifests import Entry, digest_of
from gateway.models import StoredDocument
from gateway.pipeline import Gateway
from gateway.request import Request
from gateway.stored import Clash, Mode, Modes, StoredDocuments, store
from gateway.viewer import ANONYMOUS, Viewer
from schema.policy import POLICY
from schema.root import gateway as the_gateway
from schema.root import schema

pytestmark = pytest.mark.django_db

TEXT = "query One { __typename }"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
OTHER = "query Other { __typename }"


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What a process remembers outlives a rolled back test."""
    the_gateway().stored._known.clear()


@pytest.fixture
def stored() -> None:
    store([Entry("one", TEXT)])


def asking(**modes: Any) -> Gateway:
    return Gateway(schema(), POLICY, customer_of=lambda _: None, modes=Modes(modes))


def answer(gateway: Gateway, viewer: Viewer = ANONYMOUS, **asked: Any) -> tuple[int, Any]:
    options = {"text": None, "operation_name": None, "variables": {}, "correlation_id": "test"} | asked
    found = gateway.answer(Request(**options), viewer)
    return found.status, json.loads(found.body)


def code_of(body: Any) -> str:
    code: str = body["errors"][0]["extensions"]["code"]
    return code


def test_what_can_be_no_identifier_is_not_remembered() -> None:
    """It may be as long as a request: remembering thousands of them would fill the memory."""
    documents = StoredDocuments()
    assert documents.text("a" * 201) is None
    assert documents.text("sha256:" + "a" * 201) is None
    assert not documents._known


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("identifier", ["one", DIGEST, f"sha256:{DIGEST}"])
def test_a_stored_document_is_answered_by_its_identifier(identifier: str) -> None:
    status, body = answer(asking(), document_id=identifier)
    assert (status, body["data"]) == (200, {"__typename": "Query"})


@pytest.mark.parametrize(
    "identifier", ["none", "sha256:one", "md5:one", ":one", "x-y:one", "\x00", "", "a" * 9_999]
)
@pytest.mark.usefixtures("stored")
def test_an_identifier_of_nothing_is_refused_in_the_words_that_apollos_clients_know(identifier: str) -> None:
    status, body = answer(asking(), document_id=identifier)
    assert (status, code_of(body)) == (400, "PERSISTED_QUERY_NOT_FOUND")
    assert body["errors"][0]["message"] == "PersistedQueryNotFound"


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    "asked",
    [
        {"documentId": "one"},
        {"documentId": f"sha256:{DIGEST}", "operationName": "One", "variables": {}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "one"}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": DIGEST}}},
        {"query": TEXT, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": DIGEST}}},
    ],
)
def test_clients_call_by_document_id_or_by_apollos_hash(asked: dict[str, Any]) -> None:
    by_post = Client().post("/graphql", json.dumps(asked), content_type="application/json")
    assert by_post.json()["data"] == {"__typename": "Query"}
    values = {key: value if isinstance(value, str) else json.dumps(value) for key, value in asked.items()}
    by_get = Client().get("/graphql", values, headers={"Accept": "text/html, application/json"})
    assert by_get.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"documentId": "one", "query": TEXT}, "BAD_REQUEST"),
        ({"documentId": 3}, "BAD_REQUEST"),
        ({"documentId": ""}, "BAD_REQUEST"),
        ({"documentId": ["one"]}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": {"sha256Hash": 3}}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": [DIGEST]}}, "BAD_REQUEST"),
        (
            {"extensions": {"persistedQuery": {"sha256Hash": DIGEST}}, "query": OTHER},
            "PERSISTED_QUERY_HASH_MISMATCH",
        ),
    ],
)
def test_a_call_that_says_two_things_or_none_is_refused(asked: dict[str, Any], code: str) -> None:
    response = Client().post("/graphql", json.dumps(asked), content_type="application/json")
    assert (response.status_code, code_of(response.json())) == (400, code)


@pytest.mark.usefixtures("stored")
def test_a_mutation_that_is_stored_is_not_run_by_get() -> None:
    store([Entry("close", 'mutation { closeCustomer(input: { id: "x" }) { problems { code } } }')])
    response = Client().get("/graphql", {"documentId": "close"})
    assert (response.status_code, code_of(response.json())) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.usefixtures("stored")
def test_where_only_stored_documents_are_answered_others_are_refused_before_they_are_read() -> None:
    gateway = asking(default="ONLY_STORED")
    status, body = answer(gateway, text="{ this is not even GraphQL")
    assert (status, code_of(body)) == (403, "DOCUMENT_NOT_STORED")
    assert answer(gateway, text=TEXT)[1]["data"] == {"__typename": "Query"}
    assert answer(gateway, text=TEXT + " ")[0] == 403, "one letter more is another document"


@pytest.mark.usefixtures("stored")
def test_what_is_not_stored_is_logged_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    gateway = asking(default="LOG_UNKNOWN")
    with caplog.at_level(logging.INFO, logger="gateway.stored"):
        assert answer(gateway, text=OTHER)[0] == 200
        assert answer(gateway, text=TEXT)[0] == 200
    (line,) = [record for record in caplog.records if record.name == "gateway.stored"]
    assert line.__dict__["fields"] == {"document_id": digest_of(OTHER), "correlation_id": "test"}
    assert "Other" not in line.getMessage()


def test_the_mode_follows_the_tier_of_a_key_the_kind_of_viewer_or_the_most_generous_role() -> None:
    modes = Modes(
        {
            "default": "LOG_UNKNOWN",
            "kinds": {"API_KEY": "ONLY_STORED"},
            "tiers": {"PARTNER": "ALLOW_ALL"},
            "roles": {"customer": "ONLY_STORED", "operations": "ALLOW_ALL"},
        }
    )
    customer, operations = frozenset({"customer"}), frozenset({"operations"})
    assert modes.of(Viewer(kind="USER", roles=customer)) is Mode.ONLY_STORED
    assert modes.of(Viewer(kind="USER", roles=customer | operations)) is Mode.ALLOW_ALL
    assert modes.of(Viewer(kind="USER", roles=frozenset({"auditor"}))) is Mode.LOG_UNKNOWN
    assert modes.of(Viewer(kind="API_KEY", roles=operations)) is Mode.ONLY_STORED
    assert modes.of(Viewer(kind="API_KEY", rate_tier="PARTNER")) is Mode.ALLOW_ALL
    assert modes.of(ANONYMOUS) is Mode.LOG_UNKNOWN
    assert modes.of(Viewer(kind="SYSTEM")) is Mode.ALLOW_ALL


@pytest.mark.parametrize("modes", [{"default": "NONE"}, {"roles": {"customer": "x"}}, {"rules": {}}])
def test_a_mode_that_is_none_is_refused_at_start(modes: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="GATEWAY_STORED_DOCUMENTS"):
        Modes(modes)


@pytest.mark.usefixtures("stored")
def test_a_document_that_was_found_is_not_looked_up_again(django_assert_num_queries: Any) -> None:
    documents = StoredDocuments()
    with django_assert_num_queries(1):
        assert {documents.text("one") for _ in range(10)} == {TEXT}
    with django_assert_num_queries(1):
        assert [documents.holds("none") for _ in range(10)] == [False] * 10


def test_storing_twice_changes_nothing_and_another_text_is_refused() -> None:
    assert store([Entry("one", TEXT), Entry("two", OTHER)]).added == 2
    assert (store([Entry("one", TEXT)]).added, store([Entry("one", TEXT)]).unchanged) == (0, 1)
    with pytest.raises(Clash, match="another text"):
        store([Entry("three", TEXT), Entry("one", OTHER)])
    with pytest.raises(Clash, match="twice"):
        store([Entry("four", TEXT), Entry("four", OTHER)])
    assert set(StoredDocument.objects.values_list("id", flat=True)) == {"one", "two"}


def test_replacing_removes_what_is_not_given() -> None:
    store([Entry("one", TEXT), Entry("two", OTHER)])
    assert store([Entry("two", OTHER)], replace=True).removed == 1
    assert list(StoredDocument.objects.values_list("id", flat=True)) == ["two"]


def test_what_is_stored_is_recorded_in_the_audit_trail() -> None:
    store([Entry("one", TEXT)])
    store([Entry("one", TEXT)])
    (event,) = AuditLog.objects.all()
    assert (event.event, event.operation_name, event.row_count) == ("CONFIG", "store_documents", 1)


def test_the_command_stores_every_form_and_tells_what_it_did(tmp_path: Path) -> None:
    (tmp_path / "one.graphql").write_text(TEXT)
    (tmp_path / "relay.json").write_text(json.dumps({"3be4abb81fa595e25eb725b2c6a87508": OTHER}))
    said = io.StringIO()
    call_command("store_documents", tmp_path / "one.graphql", tmp_path / "relay.json", stdout=said)
    assert said.getvalue() == "2 stored, 0 there already, 0 removed.\n"
    found = StoredDocument.objects.order_by("name").values_list("name", "origin", "digest")
    assert list(found) == [("One", "one.graphql", DIGEST), ("Other", "relay.json", digest_of(OTHER))]


def test_the_command_stores_nothing_when_one_document_is_not_valid(tmp_path: Path) -> None:
    (tmp_path / "good.graphql").write_text(TEXT)
    (tmp_path / "bad.json").write_text(json.dumps({"bad": "{ noSuchField }"}))
    (tmp_path / "odd.json").write_text("{")
    said = io.StringIO()
    files = [tmp_path / name for name in ("good.graphql", "bad.json", "odd.json")]
    with pytest.raises(SystemExit) as ended:
        call_command("store_documents", *files, stderr=said)
    assert ended.value.code == 1
    assert "bad: Cannot query field 'noSuchField'" in said.getvalue()
    assert "odd.json: it is no JSON" in said.getvalue()
    assert said.getvalue().endswith("Nothing was stored.\n")
    assert not StoredDocument.objects.exists()


def test_identifiers_of_nothing_are_paid_for() -> None:
    environ = {"REQUEST_METHOD": "GET", "QUERY_STRING": "documentId=none", "REMOTE_ADDR": "203.0.113.77"}
    found = respond(asking(), environ, lambda _: b"")
    left = dict(found.headers)["RateLimit"]
    assert left.startswith('"anonymous";r=1199')

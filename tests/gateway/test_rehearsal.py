"""A new worker's threads go through the main requests before the first: prepared, and nothing is left of it."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banking_project import warming
from domains.audit.models import AuditLog
from gateway.planning import runner
from gateway.rehearsal import STATEMENTS_MAX
from tests.asking import ask, signed_in
from tests.people import make_user

EXAMPLE = Path(settings.BASE_DIR, "explorer/operations/customer.graphql")


@pytest.fixture
def planned(own_database: str) -> None:
    connection.ensure_connection()
    assert warming.warm_plans() > STATEMENTS_MAX


@pytest.mark.usefixtures("planned")
def test_the_first_request_finds_its_statement_prepared() -> None:
    token = signed_in(make_user("omar", "kyc_officer"))
    assert warming.rehearse_requests() == STATEMENTS_MAX
    prepared = list(runner._prepared_on(connection.connection))
    assert len(prepared) >= STATEMENTS_MAX
    variables = json.loads(EXAMPLE.with_suffix(".variables.json").read_text())
    answer = ask(EXAMPLE.read_text().strip(), variables, token=token, headers={"X-Purpose": "a test"})
    assert answer.codes == []
    assert set(runner._prepared_on(connection.connection)) == set(prepared)


@pytest.mark.usefixtures("planned")
def test_nothing_is_left_of_it() -> None:
    def counts() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM gateway_allowance")
            return [AuditLog.objects.count(), cursor.fetchone()[0]]

    before = counts()
    with CaptureQueriesContext(connection) as queries:
        assert warming.rehearse_requests() == STATEMENTS_MAX
    assert queries.captured_queries[-1]["sql"] == "ROLLBACK"
    assert counts() == before


def test_a_database_that_does_not_answer_stops_nothing(
    own_database: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", "no_such_database")
    assert warming.rehearse_requests() == 0
    assert "The first requests will take longer." in caplog.messages
    connection.close()

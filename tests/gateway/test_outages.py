"""A database that is gone: requests are refused with a code, and the log has one line for all of them."""

import logging

import pytest
from django.db import connection

from tests.asking import ask, signed_in
from tests.people import make_user

ASKED = '{ customer(mobile: "+919876543210") { fullName } }'
CHANGED = (
    'mutation { takeCase(input: {id: "Case:01930000-0000-7000-8000-000000000000"}) { problems { code } } }'
)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_an_outage_is_told_once_and_its_end_as_well(
    own_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = signed_in(make_user("clerk", "operations"))
    assert ask(ASKED, token=token).status == 200
    caplog.clear()
    connection.close()
    connection.settings_dict["NAME"] = "elsewhere"  # there is none: nobody can connect
    try:
        for document in (ASKED, CHANGED, ASKED):
            assert ask(document, token=token).codes == ["DATABASE_UNAVAILABLE"]
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own_database
    (gone,) = warnings(caplog)
    assert gone.startswith("The database elsewhere at the socket in /")
    assert "does not answer (OperationalError)" in gone
    for document in (ASKED, CHANGED, ASKED):
        assert ask(document, token=token).status == 200
    _, back = warnings(caplog)
    assert back.endswith(" answers again.")
    assert not any(record.exc_info for record in caplog.records)

"""What is kept for reading holds no value that an adapter did not list, whatever a provider sends."""

import json
import math
from typing import Any

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domains.providers.redaction import redacted

READABLE = frozenset({"status", "code"})
SECRET = "ABCPE1234F"
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.just(SECRET)
    | st.just(f"x{SECRET}")
)
NAMES = st.sampled_from(["status", "code", "pan", "name", "a\x00b"])
BODIES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=30)


def without_readable(value: Any, name: str = "") -> Any:
    """Return a body in which no readable place holds the secret."""
    if isinstance(value, dict):
        return {key: without_readable(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [without_readable(each, name) for each in value]
    return "harmless" if name in READABLE and isinstance(value, str) else value


@given(BODIES)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_value_is_kept_that_is_not_listed_and_what_is_kept_can_be_stored(db: None, body: Any) -> None:
    kept = redacted(without_readable(body), readable=READABLE)
    assert SECRET not in json.dumps(kept)
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb", [json.dumps(kept)])


def test_listed_values_stay_as_they_are() -> None:
    body = {"status": "OK", "code": 7, "pan": SECRET, "hits": [{"code": "A", "name": "x"}], "code2": math.inf}
    assert redacted(body, readable=READABLE) == {
        "status": "OK", "code": 7, "pan": "****", "hits": [{"code": "A", "name": "****"}], "code2": "****",
    }  # fmt: skip


def test_what_is_no_json_is_told_by_its_length() -> None:
    assert redacted(b'{"pan": "ABCPE', readable=READABLE) == {"unreadable": "14 bytes"}

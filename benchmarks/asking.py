"""Asking our gateway in this process, as its view does; needs Django set up over the book."""

from functools import lru_cache
from typing import Any

from benchmarks.contestants.ours import USERNAME


@lru_cache(maxsize=1)
def _authorization() -> str:
    from io import StringIO

    from django.core.management import call_command

    printed = StringIO()
    call_command("token", USERNAME, stdout=printed)
    return f"Bearer {printed.getvalue().strip()}"


def asking(text: str, variables: dict[str, Any]) -> Any:
    """Return the gateway's request for a document and variables."""
    from gateway.request import Request

    return Request(
        text=text,
        operation_name=None,
        variables=variables,
        correlation_id="7e57ab1e-0000-4000-8000-000000000000",
        authorization=_authorization(),
        address="127.0.0.1",
    )


def answered(request: Any) -> bytes:
    """Return the body of the answer; it must be one without errors."""
    from schema.root import gateway

    answer = gateway().answer(request)
    assert answer.status == 200, answer.body[:500]
    assert b'"errors":' not in answer.body[:10], answer.body[:500]
    body: bytes = answer.body
    return body

"""Asking a running gateway over real HTTP."""

import json
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

Ask = Callable[..., Any]


def asker(url: str) -> Ask:
    """Return what sends an operation to a gateway and returns the parsed answer, refused or not."""

    def ask(
        query: str, *, bearer: str | None = None, variables: dict[str, Any] | None = None, **headers: str
    ) -> Any:
        sent = {"Content-Type": "application/json", "Accept": "application/graphql-response+json", **headers}
        sent.setdefault("X-Purpose", "a journey")
        sent |= {"Authorization": f"Bearer {bearer}"} if bearer else {}
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        try:
            with urlopen(Request(f"{url}/graphql", body, sent), timeout=30) as response:
                return json.load(response)
        except HTTPError as error:
            return json.load(error)

    return ask


def refused(answer: Any) -> bool:
    """Tell whether the credentials were refused."""
    return [error["extensions"]["code"] for error in answer.get("errors", [])] == ["UNAUTHENTICATED"]

"""Asking the gateway in a test, through the view and everything below it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client

from domains.identity.models import User
from domains.identity.sessions import open_session
from gateway.tokens import tokens_of


@dataclass(frozen=True)
class Answered:
    """What came back: the HTTP status and the JSON body."""

    status: int
    body: dict[str, Any]
    text: str

    @property
    def data(self) -> Any:
        return self.body.get("data")

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]


def ask(
    document: str,
    variables: Mapping[str, Any] | None = None,
    *,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    address: str = "192.0.2.7",
) -> Answered:
    """Send an operation as the bearer of `token`, or with other headers."""
    sent = {"Accept": "application/graphql-response+json", **(headers or {})}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    response = Client(REMOTE_ADDR=address).post(
        "/graphql",
        json.dumps({"query": document, "variables": dict(variables or {})}),
        content_type="application/json",
        headers=sent,
    )
    text = response.content.decode()
    return Answered(response.status_code, json.loads(text), text)


def signed_in(user: User) -> str:
    """Return an access token of a new session of the user."""
    return tokens_of(open_session(user=user)).access

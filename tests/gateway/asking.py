"""Asking a gateway in the same process, as the view does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.pipeline import Gateway
from gateway.request import Request
from gateway.viewer import Viewer


@dataclass(frozen=True)
class Answered:
    """An answer, parsed."""

    status: int
    body: dict[str, Any]

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return list(self.body.get("errors", []))

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]


def ask(
    gateway: Gateway,
    viewer: Viewer,
    text: str,
    variables: Mapping[str, Any] | None = None,
    *,
    operation_name: str | None = None,
    correlation_id: str = "test",
) -> Answered:
    request = Request(
        text=text, operation_name=operation_name, variables=variables or {}, correlation_id=correlation_id
    )
    answer = gateway.answer(request, viewer)
    return Answered(answer.status, json.loads(answer.body))

"""A GraphQL request as the gateway takes it, wherever it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked, with which credentials, and what the header fields say about it."""

    text: str | None
    operation_name: str | None
    variables: Mapping[str, Any]
    correlation_id: str
    document_id: str | None = None  # of a stored document, where there is no text
    authorization: str | None = None
    api_key: str | None = None
    purpose: str = ""
    address: str | None = None
    traceparent: str | None = None
    explain: str = ""  # what X-Explain asks for
    read_only: bool = False  # a GET: mutations are refused
    ours: bool = False  # the program's own document: it need not be stored
    announced: UUID | None = None  # the key of what a subscription is told now

"""The sandbox's second price source: what is sent, what comes back, and what its codes mean (`codes.json`)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domains.providers.adapter import Adapter
from domains.providers.adapters import sandbox_protocol
from domains.providers.adapters.sandbox_ticker.actions import ACTIONS, READABLE
from domains.providers.meanings import read_meanings
from domains.providers.words import Capability


def _code_of(body: Mapping[str, Any]) -> str:
    """Find the code: a number of its own, or what stands before the service tells."""
    rc = body.get("rc")
    return str(rc) if type(rc) is int else sandbox_protocol.code_of(body)


ADAPTER = Adapter(
    name="sandbox_ticker",
    capability=Capability.PRICE_SOURCE,
    actions=ACTIONS,
    meanings=read_meanings(Path(__file__).parent),
    credentials=sandbox_protocol.CREDENTIALS,
    headers=sandbox_protocol.headers,
    genuine=sandbox_protocol.genuine,
    code_of=_code_of,
    readable=READABLE,
)

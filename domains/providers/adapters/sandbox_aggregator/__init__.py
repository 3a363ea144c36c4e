"""The sandbox's account aggregator: what is sent, what comes back, and what its codes mean (`codes.json`)."""

from pathlib import Path

from domains.providers.adapter import Adapter
from domains.providers.adapters import sandbox_protocol
from domains.providers.adapters.sandbox_aggregator.actions import ACTIONS, READABLE
from domains.providers.meanings import read_meanings
from domains.providers.words import Capability

ADAPTER = Adapter(
    name="sandbox_aggregator",
    capability=Capability.ACCOUNT_AGGREGATOR,
    actions=ACTIONS,
    meanings=read_meanings(Path(__file__).parent),
    credentials=sandbox_protocol.CREDENTIALS,
    headers=sandbox_protocol.headers,
    genuine=sandbox_protocol.genuine,
    code_of=sandbox_protocol.code_of,
    readable=READABLE,
)

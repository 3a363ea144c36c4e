"""The sandbox's KYC bureau: what is sent, what comes back, and what its codes mean (`codes.json`)."""

from pathlib import Path

from domains.providers.adapter import Adapter
from domains.providers.adapters import sandbox_protocol
from domains.providers.adapters.sandbox_bureau.actions import ACTIONS, READABLE
from domains.providers.meanings import read_meanings
from domains.providers.words import Capability

ADAPTER = Adapter(
    name="sandbox_bureau",
    capability=Capability.KYC_BUREAU,
    actions=ACTIONS,
    meanings=read_meanings(Path(__file__).parent),
    credentials=sandbox_protocol.CREDENTIALS,
    headers=sandbox_protocol.headers,
    genuine=sandbox_protocol.genuine,
    code_of=sandbox_protocol.code_of,
    readable=READABLE,
)

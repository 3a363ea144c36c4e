"""The sandbox's payment rails: what is sent, what comes back, and what their codes mean (`codes.json`)."""

from pathlib import Path

from domains.providers.adapter import Adapter
from domains.providers.adapters import sandbox_protocol
from domains.providers.adapters.sandbox_orders import actions_of
from domains.providers.adapters.sandbox_rail.actions import READABLE, instruct
from domains.providers.meanings import read_meanings
from domains.providers.words import Capability

MEANINGS = read_meanings(Path(__file__).parent)
ADAPTER = Adapter(
    name="sandbox_rail",
    capability=Capability.PAYMENT_RAIL,
    actions=actions_of(instruct, MEANINGS),
    meanings=MEANINGS,
    credentials=sandbox_protocol.CREDENTIALS,
    headers=sandbox_protocol.headers,
    genuine=sandbox_protocol.genuine,
    code_of=sandbox_protocol.code_with_reason,
    readable=READABLE,
    known_within_s=1.5,
    notice_secret=sandbox_protocol.notice_secret,
)

"""How listeners are told, as server-sent events: plainly, or as GraphQL's answers."""

import json
from typing import Any

DOCUMENT = """
subscription Feed {
  transactionChanged {
    id fromStatus toStatus cause recordedAt
    transaction { id reference kind channel status isoStatus amount { value currency } settledAt }
  }
}
"""


class PlainEvents:
    """An event is `transaction` with what the feed's own document selects; the last one is `bye` with a code."""

    def event(self, event_id: str, answer: dict[str, Any]) -> str:
        """Return the text for what a listener sees of an event."""
        return f"id: {event_id}\nevent: transaction\ndata: {_json(answer['data']['transactionChanged'])}\n\n"

    def farewell(self, answer: dict[str, Any]) -> str:
        """Return the last text, for a refusal."""
        return f"event: bye\ndata: {_json(told_plainly(answer))}\n\n"


class GraphQLEvents:
    """An event is `next` with an answer to the listener's subscription; the last one is `complete`."""

    def event(self, event_id: str, answer: dict[str, Any]) -> str:
        """Return the text for what a listener sees of an event."""
        return f"id: {event_id}\nevent: next\ndata: {_json(answer)}\n\n"

    def farewell(self, answer: dict[str, Any]) -> str:
        """Return the last text, for a refusal."""
        return f"event: next\ndata: {_json(answer)}\n\nevent: complete\ndata:\n\n"


def told_plainly(refusal: dict[str, Any]) -> dict[str, str]:
    """Return the first error of a refusal: its code and its sentence."""
    error = refusal["errors"][0]
    return {"code": error["extensions"]["code"], "message": error["message"]}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

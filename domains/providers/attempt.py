"""One attempt: the request that an adapter makes, sent through the one door, and what came back understood."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from domains.kernel import trace
from domains.kernel.text import tidy_line
from domains.kernel.trace import Attribute, Place
from domains.providers.adapter import Action, Adapter, Call, Credentials, Raw
from domains.providers.client import NoAnswer, Timeouts, exchange
from domains.providers.meanings import Meaning, common_meanings, http_meaning

RETRY_AFTER_MAX_S = 3_600.0
CODE_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True)
class Sending:
    """All that an attempt needs: the same for every attempt of one call. `deadline` in monotonic seconds."""

    adapter: Adapter
    action: Action
    call: Call
    base_url: str
    credentials: Credentials
    idempotency_key: str
    correlation_id: str
    trace_id: str
    timeouts: Timeouts
    deadline: float

    @property
    def url(self) -> str:
        """Return the address that is called."""
        query = f"?{urlencode(self.call.query)}" if self.call.query else ""
        return f"{self.base_url.rstrip('/')}/{self.call.path.lstrip('/')}{query}"

    @property
    def content(self) -> bytes:
        """Return the body as it is sent."""
        return b"" if self.call.body is None else json.dumps(self.call.body).encode()


@dataclass(frozen=True, slots=True)
class Attempted:
    """What one attempt came to; `raw` is None when no whole answer came."""

    meaning: Meaning
    raw_code: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    raw: Raw | None = None
    retry_after_s: float | None = None


def attempt(sending: Sending) -> Attempted:
    """Send once and understand what came back; never raises for what a provider does."""
    content = sending.content
    attributes: dict[str, Attribute] = {
        "banking.provider.adapter": sending.adapter.name,
        "http.request.method": sending.call.method,
    }
    with trace.span("provider.attempt", kind="CLIENT", attributes=attributes) as told:
        try:
            raw = exchange(
                method=sending.call.method,
                url=sending.url,
                headers=_headers(sending, content, told.place),
                content=content,
                timeouts=sending.timeouts,
                deadline=sending.deadline,
            )
        except NoAnswer as none:
            told.error = none.code
            return Attempted(common_meanings()[none.code], raw_code=none.code)
        told.attributes["http.response.status_code"] = raw.status
        return understood(sending, raw)


def understood(sending: Sending, raw: Raw) -> Attempted:
    """Return what an answer means: by the provider's own code, else by HTTP's."""
    common, adapter = common_meanings(), sending.adapter
    retry_after_s = _retry_after_s(raw)
    if not adapter.genuine(sending.credentials, raw):
        return Attempted(common["NOT_GENUINE"], "NOT_GENUINE", raw=raw)
    body = _object(raw)
    if body is None:
        if raw.status < 300:
            return Attempted(common["MALFORMED"], "MALFORMED", raw=raw)
        return Attempted(http_meaning(raw.status), f"HTTP_{raw.status}", raw=raw, retry_after_s=retry_after_s)
    code = tidy_line(adapter.code_of(body), length_max=CODE_LENGTH_MAX) or ""
    meaning = adapter.meanings.get(code)
    if meaning is None:
        meaning = common["NOT_UNDERSTOOD"] if raw.status < 400 else http_meaning(raw.status)
        return Attempted(meaning, code or f"HTTP_{raw.status}", raw=raw, retry_after_s=retry_after_s)
    if not meaning.done:
        return Attempted(meaning, code, raw=raw, retry_after_s=retry_after_s)
    if raw.status >= 400:  # it says both that it was done and that it was not
        return Attempted(common["NOT_UNDERSTOOD"], f"HTTP_{raw.status} {code}", raw=raw)
    try:
        return Attempted(meaning, code, sending.action.answer(body), raw)
    except (KeyError, TypeError, ValueError):
        return Attempted(common["MALFORMED"], code, raw=raw)


def _headers(sending: Sending, content: bytes, here: Place) -> dict[str, str]:
    trace_id = sending.trace_id or here.trace_id
    return {
        "content-type": "application/json",
        "x-correlation-id": sending.correlation_id,
        # Each attempt is a span of its own.
        "traceparent": replace(here, trace_id=trace_id).traceparent,
        **sending.adapter.headers(sending.credentials, sending.idempotency_key, content),
    }


def _object(raw: Raw) -> Mapping[str, Any] | None:
    """Return the JSON object of a body, None when it is none, or holds what can't be stored.

    Refused are numbers that JSON does not know, the character NUL, and halves of surrogate pairs.
    """
    try:
        found = json.loads(raw.body, parse_constant=_refuse_constant)
        return found if isinstance(found, dict) and _sound(found) else None
    except (ValueError, RecursionError):
        return None


def _sound(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_sound(key) and _sound(each) for key, each in value.items())
    if isinstance(value, list):
        return all(map(_sound, value))
    return not isinstance(value, str) or not any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in value)


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _retry_after_s(raw: Raw) -> float | None:
    text = raw.headers.get("retry-after", "")
    return min(float(text), RETRY_AFTER_MAX_S) if text.isascii() and text.isdecimal() else None

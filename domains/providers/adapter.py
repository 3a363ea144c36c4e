"""What an adapter is: how one provider's interface is spoken. Each is a folder of `adapters/` of the same shape.

An adapter sends nothing: it says what is to be sent and reads what came back. What a provider's codes mean is
data (`codes.json` in its folder), so that a new code needs no change of the program.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domains.providers.meanings import Meaning
from domains.providers.words import Capability

Credentials = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request below the provider's base address; `body` is sent as JSON."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raw:
    """What came back: header names in lower case, the body as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be asked.

    `call` makes the HTTP request; `answer` takes what the asker gets out of a body that was understood. Both
    raise KeyError, TypeError or ValueError for what is not as it must be.
    """

    call: Callable[[Mapping[str, Any]], Call]
    answer: Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One provider's interface.

    `credentials` names what must be configured for it. `headers` makes the headers that prove who asks, from
    the credentials, the idempotency key and the body as it is sent. `genuine` tells whether an answer is the
    provider's own, and unaltered. `code_of` finds the provider's code in an answer ('' when it has none).
    `readable` names the values of requests and answers that may be read later; all others are masked.
    The action `words.PROBE` tells whether the provider is well, and takes no arguments.
    `known_within_s`: so long after an instruction expired whatever came of it is known, and "not found" means
    that it was not done; None is never. `notice_secret` is what its notices are signed with (Standard
    Webhooks); None: it sends none.
    """

    name: str
    capability: Capability
    actions: Mapping[str, Action]
    meanings: Mapping[str, Meaning]
    credentials: frozenset[str]
    headers: Callable[[Credentials, str, bytes], Mapping[str, str]]
    genuine: Callable[[Credentials, Raw], bool]
    code_of: Callable[[Mapping[str, Any]], str]
    readable: frozenset[str]
    known_within_s: float | None = None
    notice_secret: Callable[[Credentials], str] | None = None

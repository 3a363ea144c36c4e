"""Whether the contestants answer the same: every leaf of an answer, by its name, in one spelling.

Where a leaf stands may differ (`nodes`, `edges { node }`, a security below its holding); which leaves there are,
how many, and their values may not. PAN, address and cursors are compared by number only: peers read the masked
columns, and each has its own cursors.
"""

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from benchmarks.contestants import Contestant

OWN_VALUES = {"pan", "address", "endCursor"}
TIMES = {"createdAt"}
DIFFERENCES_SHOWN = 6


class Different(Exception):
    """Two contestants don't answer the same: nothing may be timed."""


def ask(contestant: Contestant, query: str, variables: dict[str, Any]) -> Any:
    """Return the `data` of one answer; raise Different when there are errors."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"Content-Type": "application/json", **contestant.headers()}
    request = urllib.request.Request(contestant.url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        raise Different(f"{contestant.name} answers {error.code}: {error.read()[:500]!r}") from None
    if answer.get("errors"):
        raise Different(f"{contestant.name} answers with errors: {str(answer['errors'])[:500]}")
    return answer["data"]


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield (name, value) of each leaf."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, name)
    else:
        yield name, _spelt(name, value)


def _spelt(name: str, value: Any) -> str:
    if name in OWN_VALUES or value is None:
        return "" if value is not None else "null"
    if name in TIMES:
        return str(int(datetime.fromisoformat(str(value)).timestamp() * 1000))
    if isinstance(value, bool):
        return str(value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return str(number.normalize()) if number.is_finite() else str(value)


def compare(contestants: Sequence[Contestant], mobiles: Sequence[str]) -> dict[str, float]:
    """Check that all answer alike, for some customers and for fifty; return the leaves of both queries."""
    counted: dict[str, float] = {"one": 0.0, "fifty": 0.0}
    for variables in [{"mobile": mobile} for mobile in mobiles]:
        counted["one"] += _compare_one(contestants, "one", variables) / len(mobiles)
    counted["fifty"] = _compare_one(contestants, "fifty", {})
    return counted


def _compare_one(contestants: Sequence[Contestant], query: str, variables: dict[str, Any]) -> int:
    first, *others = contestants
    expected = Counter(leaves(ask(first, getattr(first.queries, query), variables)))
    if sum(expected.values()) < 10:
        raise Different(f"{first.name} answers next to nothing to {query}.")
    for other in others:
        found = Counter(leaves(ask(other, getattr(other.queries, query), variables)))
        if found != expected:
            missing, more = list((expected - found).items()), list((found - expected).items())
            raise Different(
                f"{other.name} does not answer {query} as {first.name} does: "
                f"{sum(found.values())} leaves against {sum(expected.values())}; "
                f"lacks {missing[:DIFFERENCES_SHOWN]}, has {more[:DIFFERENCES_SHOWN]}."
            )
    return sum(expected.values())

"""Whether the contestants answer the same: every leaf of an answer, by its name, in one spelling.

Where a leaf stands may differ (`nodes`, `edges { node }`, a security below its holding); which leaves there are,
how many, and their values may not. PAN, address and cursors are compared by number only: peers read the masked
columns, and each has its own cursors.
"""

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from benchmarks.contestants import Contestant

OWN_VALUES = {"pan", "address", "endCursor"}
TIMES = {"createdAt"}
DIFFERENCES_SHOWN = 6
LEAVES_MIN = 10  # for one customer


class Different(Exception):
    """Two contestants don't answer the same: nothing may be timed."""


def ask(contestant: Contestant, query: str, variables: dict[str, Any], headers: Mapping[str, str]) -> Any:
    """Return the `data` of one answer; raise Different when there are errors."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(contestant.url, body, {"Content-Type": "application/json", **headers})
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
    headers = {each.name: each.headers() for each in contestants}

    def found(contestant: Contestant, query: str, variables: dict[str, Any]) -> "Counter[tuple[str, str]]":
        text = getattr(contestant.queries, query)
        return Counter(leaves(ask(contestant, text, variables, headers[contestant.name])))

    counted = {"one": 0.0, "fifty": 0.0}
    asked = [("one", {"mobile": mobile}) for mobile in mobiles] + [("fifty", {})]
    for query, variables in asked:
        first, *others = contestants
        expected = found(first, query, variables)
        for other in others:
            _check_same(query, first.name, expected, other.name, found(other, query, variables))
        counted[query] += expected.total() / (len(mobiles) if query == "one" else 1)
    if counted["one"] < LEAVES_MIN:
        raise Different("The answers hold next to nothing.")
    return counted


def _check_same(
    query: str,
    name: str,
    expected: "Counter[tuple[str, str]]",
    other: str,
    found: "Counter[tuple[str, str]]",
) -> None:
    if found != expected:
        missing, more = list((expected - found).items()), list((found - expected).items())
        raise Different(
            f"{other} does not answer {query} as {name} does: {found.total()} leaves against {expected.total()}; "
            f"lacks {missing[:DIFFERENCES_SHOWN]}, has {more[:DIFFERENCES_SHOWN]}."
        )

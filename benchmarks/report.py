"""What was measured, as a table for people and as JSON for programs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.load import Measured

QUERIES = {"one": "one customer", "fifty": "50 customers"}


@dataclass
class Report:
    """Every round of every contestant and limit, in the order in which they were measured."""

    machine: str
    book: str
    leaves: dict[str, float]
    generator: str
    notes: dict[str, str]
    limits: set[str]
    rounds: dict[str, dict[str, list[Measured]]] = field(
        default_factory=dict
    )  # query -> contestant -> rounds
    statements: dict[str, dict[str, list[float]]] = field(
        default_factory=dict
    )  # query -> statement -> per second

    def add(self, query: str, name: str, measured: Measured) -> None:
        """Note one round of one contestant."""
        self.rounds.setdefault(query, {}).setdefault(name, []).append(measured)

    def add_statement(self, query: str, name: str, per_second: float) -> None:
        """Note one round of pgbench."""
        self.statements.setdefault(query, {}).setdefault(name, []).append(per_second)

    def table(self) -> str:
        """Return everything as Markdown."""
        lines = [self.machine, self.book, f"Load: 8 connections by {self.generator}.", ""]
        for query, contestants in self.rounds.items():
            lines += self._section(query, contestants)
        lines += ["What differs from ours:", ""]
        lines += [f"- {name}: {note}." for name, note in self.notes.items()]
        lines += [
            "- No peer has access control, an audit trail or encryption: they read the masked columns of PAN and",
            "  address, which ours decrypts for this viewer.",
        ]
        return "\n".join(lines)

    def _section(self, query: str, contestants: dict[str, list[Measured]]) -> list[str]:
        own = contestants["ours"]
        lines = [
            f"### {QUERIES[query]}, nested ({self.leaves[query]:,.0f} leaves)",
            "",
            "| | requests/s | ours is … times as fast | median ms | p99 ms | processors' ms | ours needs |",
            "|---|---|---|---|---|---|---|",
        ]
        for name, rounds in sorted(contestants.items(), key=lambda item: item[0] in self.limits):
            lines.append(self._row(name, rounds, own))
        for name, rates in self.statements.get(query, {}).items():
            ratios = [mine.per_second / theirs for mine, theirs in zip(own, rates, strict=False)]
            lines.append(f"| *limit:* {name} | {_spread(rates)} | {_spread(ratios, digits=2)} | | | | |")
        return [*lines, ""]

    def _row(self, name: str, rounds: list[Measured], own: list[Measured]) -> str:
        faster = [mine.per_second / theirs.per_second for mine, theirs in zip(own, rounds, strict=True)]
        needed = median(mine.effort_ms for mine in own) / median(each.effort_ms for each in rounds)
        cells = [
            f"*limit:* {name}" if name in self.limits else name,
            _spread([each.per_second for each in rounds]),
            "" if name == "ours" else _spread(faster, digits=2),
            f"{median(each.median_ms for each in rounds):,.1f}",
            f"{median(each.p99_ms for each in rounds):,.1f}",
            f"{median(each.effort_ms for each in rounds):,.2f}",
            "" if name == "ours" else f"{needed:.2f}",
        ]
        return f"| {' | '.join(cells)} |"

    def json(self) -> dict[str, Any]:
        """Return everything for programs."""
        return {
            "machine": self.machine,
            "book": self.book,
            "leaves": self.leaves,
            "generator": self.generator,
            "rounds": {
                query: {name: [vars(each) for each in rounds] for name, rounds in contestants.items()}
                for query, contestants in self.rounds.items()
            },
            "statements": self.statements,
        }


def _spread(values: Sequence[float], *, digits: int = 0) -> str:
    """Return the median and the range: `1,240 (1,180 to 1,300)`."""
    if not values:
        return ""
    digits = digits or (0 if median(values) >= 100 else 1)
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"

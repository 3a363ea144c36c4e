"""What a statement is and how PostgreSQL would run it, for those who may know."""

from typing import Any

from gateway.planning.planner import Read
from gateway.planning.runner import prepare
from gateway.slots import Bindings


def explained(read: Read, bindings: Bindings) -> dict[str, Any]:
    """Return the SQL of a root field's statement and PostgreSQL's plan for it; nothing is executed."""
    statement = read.statement
    with prepare(statement) as cursor:
        cursor.execute(f"EXPLAIN (VERBOSE off) {statement.execute}", statement.values(bindings) or None)
        plan = [line if isinstance(line, str) else line.decode() for (line,) in cursor.fetchall()]
    return {"field": read.key, "sql": statement.sql, "plan": plan}

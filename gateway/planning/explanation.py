"""What a statement is and how PostgreSQL would run it, for those who may know."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from gateway.planning.planner import Read
from gateway.planning.runner import explain
from gateway.slots import Bindings


def explained(read: Read, bindings: Bindings) -> dict[str, Any]:
    """Return the SQL of a root field's statement and PostgreSQL's plan for it; nothing is executed."""
    statement = read.statement
    plan = explain(statement, statement.values(bindings))
    return {"field": read.key, "sql": statement.sql, "plan": plan}


def explained_without_values(sql: str, types: Sequence[str]) -> list[str]:
    """Return PostgreSQL's plan for a statement whatever its values; nothing is executed."""
    nulls = f" ({', '.join(['NULL'] * len(types))})" if types else ""
    given = f" ({', '.join(types)})" if types else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE gateway_explained{given} AS {sql}")
        try:
            cursor.execute(f"EXPLAIN (VERBOSE off) EXECUTE gateway_explained{nulls}")
            return [line for (line,) in cursor.fetchall()]
        finally:
            cursor.execute("DEALLOCATE gateway_explained")

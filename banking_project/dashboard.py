"""The dashboard's figures as JSON, for operations and administrators: whoever may see statements and their plans.

The monitor samples every five seconds and leaves its history in the directory that all processes share; this
only reads it. The page is in `explorer/source/dashboard`, its address in `urls.py`.
"""

import hashlib
import json
import logging
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from banking_project.admission import admit
from banking_project.dashboard_figures import figures
from banking_project.snapshot import SNAPSHOT_FILE
from domains.kernel.outages import outage
from gateway.failures import RequestError, refuse
from gateway.metrics import shared_directory
from gateway.operation_names import LENGTH_MAX
from gateway.planning.explanation import explained_without_values
from gateway.recent import of_operation

log = logging.getLogger("banking_project.dashboard")


@require_GET
def dashboard_data(request: HttpRequest) -> JsonResponse:
    """Answer the figures of the last quarter of an hour, or with `?operation=` what is known of one operation."""
    try:
        admit(request.META)
        name = request.GET.get("operation", "")[:LENGTH_MAX]
        told = _operation(name) if name else figures(_history())
    except RequestError as error:
        message = {"code": error.code, "message": error.errors[0].message}
        return _answered({"error": message}, status=error.status, headers=error.headers)
    return _answered(told)


def _history() -> list[dict[str, Any]]:
    directory = shared_directory()
    try:
        found: list[dict[str, Any]] = json.loads((directory / SNAPSHOT_FILE).read_text()) if directory else []
    except FileNotFoundError:  # the monitor has yet to take its first sample
        return []
    return found


def _operation(name: str) -> dict[str, Any]:
    """Return what an operation is, PostgreSQL's plans for its statements, and its last requests."""
    found = of_operation(name)
    if found is None:
        raise refuse("There is no recent request of this operation.", "NOT_FOUND", status=404)
    for statement in (found["operation"] or {}).get("statements", []):
        statement["plan"] = _plan(statement["sql"], statement["types"])
    return found | {"name": name}


def _plan(sql: str, types: list[str]) -> list[str]:
    """Return PostgreSQL's plan, as it was within the last minutes: every open dialog asks every five seconds."""
    key = f"plan:{hashlib.sha256(sql.encode()).hexdigest()}"
    plan: list[str] | None = cache.get(key)
    if plan is None:
        try:
            plan = explained_without_values(sql, types)
        except DatabaseError as error:
            if not outage.explains(error):
                log.exception("A plan could not be shown.")
            return []
        cache.set(key, plan)
    return plan


def _answered(told: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse(told, status=status, headers={"Cache-Control": "no-store", **(headers or {})})

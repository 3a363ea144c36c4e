"""What is looked at in the database when it is migrated, or by `manage.py check --database default`."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

# A server that logs or shows more than this tells what a statement stumbled over, or holds: personal data.
DISCREET = {
    "log_min_messages": ("log", "fatal", "panic"),
    "log_min_error_statement": ("panic",),
    "log_error_verbosity": ("terse",),
    "log_parameter_max_length_on_error": ("0",),
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
    "track_activities": ("off",),
}


@register(Tags.database)
def database_log_is_discreet(
    app_configs: Any = None,  # noqa: ARG001  Django hands it in
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """Warn when the server's log would hold values of the rows that statements fail on."""
    if not databases:
        return []
    with connections[databases[0]].cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(DISCREET)])
        told = [f"{name} = {setting}" for name, setting in cursor.fetchall() if setting not in DISCREET[name]]
    if not told:
        return []
    wanted = ", ".join(f"{name} = {allowed[0]}" for name, allowed in DISCREET.items())
    return [
        Warning(
            f"The database server tells personal data (log, pg_stat_activity): {', '.join(sorted(told))}.",
            hint=f"Ask its administrator for: {wanted} (docs/operations.md).",
            id="banking.W001",
        )
    ]

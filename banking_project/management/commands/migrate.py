"""`manage.py migrate`, as the database's owner: the application's role may not change tables."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections


class Command(Migrate):
    """Run Django's own command on the alias `owner` unless another one is named."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Django's options, with another default for `--database`."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; refuse in a sentence, and before anything is done, to do it as a role that may not."""
        if not options["check_unapplied"] and not options["plan"]:
            _require_rights(options["database"])
        super().handle(*args, **options)


def _require_rights(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user, has_schema_privilege(current_schema(), 'CREATE')")
        role, may = cursor.fetchone()
    if not may:
        raise CommandError(
            f"{role} may not make tables: name the role that owns the database in DATABASE_OWNER_URL."
        )

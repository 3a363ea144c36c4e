"""`manage.py migrate`, as the database's owner: the application's role may not change tables."""

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate


class Command(Migrate):
    """Run Django's own command on the alias `owner` unless another one is named."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Django's options, with another default for `--database`."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

"""`manage.py snapshots`: write the committed pictures of the schema, or check that they are still true."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from schema.root import schema


class Command(BaseCommand):
    """Write or check `schema/schema.graphql`."""

    help = "Write schema/schema.graphql; with --check, fail when it differs from the schema."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the mode."""
        parser.add_argument("--check", action="store_true", help="compare only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, or compare it."""
        file = Path(settings.BASE_DIR) / "schema" / "schema.graphql"
        current = schema().as_str() + "\n"
        if not options["check"]:
            file.write_text(current)
            self.stdout.write(f"Wrote {file.relative_to(settings.BASE_DIR)}.")
        elif not file.exists() or file.read_text() != current:
            raise CommandError("schema/schema.graphql is not what the schema says: run `make schema`.")

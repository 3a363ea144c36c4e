"""`manage.py snapshots`: write the committed pictures of schema and access, or check that they are still true."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gateway.access_matrix import access_matrix
from schema.policy import POLICY
from schema.root import gateway, schema


class Command(BaseCommand):
    """Write or check `schema/schema.graphql` and `schema/access_matrix.csv`."""

    help = "Write schema/schema.graphql and schema/access_matrix.csv; with --check, fail when they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the mode."""
        parser.add_argument("--check", action="store_true", help="compare only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the files, or compare them."""
        current = {
            "schema/schema.graphql": schema().as_str() + "\n",
            "schema/access_matrix.csv": access_matrix(gateway().planner.mapping, POLICY),
        }
        for name, text in current.items():
            file = Path(settings.BASE_DIR) / name
            if not options["check"]:
                file.write_text(text)
                self.stdout.write(f"Wrote {name}.")
            elif not file.exists() or file.read_text() != text:
                raise CommandError(
                    f"{name} is not what the schema says: run `make schema` and read the change."
                )

"""`manage.py snapshots`: write the committed pictures of what the code says, or check that they are still true."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from domains.kyc.diagram import drawn_into
from gateway.access_matrix import access_matrix
from gateway.rest.endpoints import read_endpoints
from gateway.rest.openapi import openapi
from schema.policy import POLICY
from schema.root import gateway, schema


class Command(BaseCommand):
    """Write or check the schema, the access matrix, the OpenAPI document and what is drawn in `docs/kyc.md`."""

    help = "Write schema.graphql, access_matrix.csv, openapi.json and the drawing in docs/kyc.md; or --check them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the mode."""
        parser.add_argument("--check", action="store_true", help="compare only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the files, or compare them."""
        root = Path(settings.BASE_DIR)
        current = {
            "schema/schema.graphql": schema().as_str() + "\n",
            "schema/access_matrix.csv": access_matrix(gateway().planner.mapping, POLICY),
            "docs/openapi.json": openapi(gateway().schema, read_endpoints(root / "rest", gateway().schema)),
            "docs/kyc.md": drawn_into((root / "docs/kyc.md").read_text()),
        }
        for name, text in current.items():
            file = root / name
            if not options["check"]:
                file.write_text(text)
                self.stdout.write(f"Wrote {name}.")
            elif not file.exists() or file.read_text() != text:
                raise CommandError(
                    f"{name} is not what the code says: run `make schema` and read the change."
                )

"""`manage.py demo`: fill the book with invented people, and make the demo logins."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from domains.demo.logins import make_logins
from domains.kernel.actor import Actor


class Command(BaseCommand):
    """Make the demo logins."""

    help = "Load a book of invented customers and make the demo logins (demo environment only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size of the book and the seed that it grows from."""
        parser.add_argument("--customers", type=int, default=200, metavar="N")

    def handle(self, *, customers: int, **_options: Any) -> None:
        """Load the book, or end with status 1 and one sentence that says why not."""
        if settings.BANKING_ENVIRONMENT != "demo":
            self.stderr.write("The demo book is loaded in the demo environment only.")
            sys.exit(1)
        made = make_logins(actor=Actor.system("load the demo book"))
        self.stdout.write(f"Demo logins: {made} made.")

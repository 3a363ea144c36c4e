"""`manage.py check_books`: prove that the books tie out, at any moment; exit status 1 with the first break."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from domains.transactions.books import first_break


class Command(BaseCommand):
    """Look at holdings, units, transactions, attempts, events and jobs in one snapshot."""

    help = "Prove that the books tie out; exit with status 1 and the first break otherwise."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Say that they do, or what does not."""
        found = first_break()
        if found is not None:
            self.stderr.write(found)
            sys.exit(1)
        self.stdout.write("The books tie out.")

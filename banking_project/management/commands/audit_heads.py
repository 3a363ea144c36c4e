"""`manage.py audit_heads`: print signed heads of the audit tree, or the public keys that verify them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from domains.audit.heads import public_keys
from domains.audit.proofs import consistency, heads


class Command(BaseCommand):
    """Print heads as JSON lines, for witnesses outside."""

    help = (
        "Print the signed heads of the audit tree as JSON lines; keep them where nobody of us can alter them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to begin, or what else to print."""
        parser.add_argument(
            "--since-size", type=int, default=0, metavar="LEAVES", help="heads of larger trees"
        )
        parser.add_argument(
            "--public-keys", action="store_true", help="print KEY_ID=HEX for each key instead"
        )
        parser.add_argument(
            "--consistency", type=int, nargs=2, metavar=("OLD", "NEW"), help="prove two heads"
        )

    def handle(
        self, *args: Any, since_size: int, public_keys: bool, consistency: list[int] | None, **options: Any
    ) -> None:
        """Print what was asked for."""
        if public_keys:
            for key_id, key in _public_keys().items():
                self.stdout.write(f"{key_id}={key}")
        elif consistency:
            self.stdout.write(_consistency(old_size=consistency[0], new_size=consistency[1]).text())
        else:
            for head in heads(since_size=since_size):
                self.stdout.write(head.text())


_public_keys, _consistency = public_keys, consistency

"""`manage.py rotate_signing_key`: let a new key sign access tokens, without logging anyone out."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from domains.vault.signing import AUDIT_KEYS, TOKEN_KEYS


class Command(BaseCommand):
    """Add a signing key and make it current, or retire an old one."""

    help = (
        "Let a new key sign access tokens; tokens of the older ones hold on. Running gateways take it up within "
        "seconds. Retire an old key when its last tokens have expired (after ten minutes, by default)."
    )
    requires_system_checks = []  # needs neither the database nor the schema

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the key to retire."""
        parser.add_argument(
            "--audit", action="store_true", help="the keys that sign the audit tree, not tokens"
        )
        parser.add_argument("--retire", metavar="KEY_ID", help="remove this key instead of adding one")

    def handle(self, *, retire: str | None, audit: bool, **_options: Any) -> None:
        """Rotate or retire, and say which keys there are; never a key itself."""
        try:
            current, others = (AUDIT_KEYS if audit else TOKEN_KEYS).rotate(retire=retire)
        except (ImproperlyConfigured, ValueError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Signing: {current}. Verifying on: {', '.join(others) or 'no other'}.")

"""`manage.py token USERNAME`: print an access token to try the gateway with. Demo and debug mode only."""

import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from domains.demo.logins import LOGINS
from domains.identity.sessions import open_session
from gateway.tokens import tokens_of


class Command(BaseCommand):
    """Print a valid access token for a user, and nothing else, on standard output."""

    help = "Print a valid access token for a user (demo and debug mode only)."
    requires_system_checks = []  # nothing but the token and what is wrong with it

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the user's name."""
        parser.add_argument("username", help="a demo login, as in: " + ", ".join(_names()))

    def handle(self, *, username: str, **_options: Any) -> None:
        """Print the token, or end with status 1 and one sentence that says why not."""
        if settings.BANKING_ENVIRONMENT != "demo" and not settings.DEBUG:
            self._end("Tokens are not handed out here: this works in the demo and in debug mode only.")
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            self._end(
                f"There is no such user. The demo logins are {', '.join(_names())}; "
                "`manage.py demo` makes them."
            )
        if not user.is_active:
            self._end("This user is not active, so no token of theirs would be accepted.")
        self.stdout.write(tokens_of(open_session(user=user)).access)

    def _end(self, sentence: str) -> NoReturn:
        self.stderr.write(sentence)
        sys.exit(1)


def _names() -> list[str]:
    return [login.username for login in LOGINS]

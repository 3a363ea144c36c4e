"""`manage.py one_time_login USERNAME`: make a login, or reset its password, from the server's own shell.

It makes the first administrators of a new installation, and helps where nobody is left who could confirm one.
"""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from domains.identity.operations import OneTimeLogin, invite_user, reset_password
from domains.identity.queries import user_id_for_username
from domains.identity.roles import Role
from domains.kernel.actor import Actor
from domains.kernel.failures import Failure
from domains.transactions.subscriptions import end_subscriptions

ACTOR = Actor.system("make a login by command")


class Command(BaseCommand):
    """Print a password that is good for one login, and nothing else, on standard output."""

    help = (
        "Print a password for one login. A name that nobody has becomes a user with these roles; a user who is "
        "there gets a new password, and loses sessions, API keys and webhooks. Whoever runs it could read the "
        "database anyway, so nobody has to confirm the login; the trail says that it was done by command."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the user's name, and the roles of a new one."""
        parser.add_argument("username")
        parser.add_argument("--role", action="append", default=[], choices=Role.values, dest="roles")

    def handle(self, *, username: str, roles: list[str], **_options: Any) -> None:
        """Make or reset the login; say on standard error what was done."""
        known = user_id_for_username(username)
        if known is not None and roles:
            raise CommandError(f"{username} is there already: roles are granted by administrators.")
        try:
            made = (
                invite_user(actor=ACTOR, username=username, display_name="", roles=roles)
                if known is None
                else _reset(known)
            )
        except Failure as failure:
            raise CommandError(failure.message) from None
        done = "Made" if known is None else "Reset"
        self.stderr.write(f"{done} {username}: one login until {made.expires_at:%Y-%m-%d %H:%M} UTC, with")
        self.stdout.write(made.password)


@transaction.atomic
def _reset(user_id: UUID) -> OneTimeLogin:
    end_subscriptions(actor=ACTOR, owner_id=user_id)
    return reset_password(actor=ACTOR, user_id=user_id)

#!/usr/bin/env python
"""Run a command of the banking middleware: `python manage.py help` lists them."""

import os
import sys

# What works before production was given its keys: it makes them, or what an image is built of.
WITHOUT_KEYS = {"help", "version", "--version", "make_keyring", "make_signing_keys", "collectstatic"}
# What works without a database; every other command finds one running.
WITHOUT_DATABASE = WITHOUT_KEYS | {"check", "compilemessages", "print_schema", "sandbox", "sandbox_faults"}


def main() -> None:
    """Refuse what production lacks, start the embedded PostgreSQL if the command needs it, and run it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banking_project.settings")
    from django.core.management import execute_from_command_line

    from banking_project import embedded_postgres, production

    command = "help" if len(sys.argv) < 2 or "--help" in sys.argv else sys.argv[1]
    if command not in WITHOUT_KEYS:
        production.refuse_faults()
    if command not in WITHOUT_DATABASE:
        embedded_postgres.ensure_running()
    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        from banking_project import unreachable

        if (told := unreachable.sentence(error)) is None:
            raise
        sys.exit(told)


if __name__ == "__main__":
    main()

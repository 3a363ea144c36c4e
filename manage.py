#!/usr/bin/env python
"""Run a command of the banking middleware: `python manage.py help` lists them."""

import os
import sys

# What works without a database; every other command finds one running.
WITHOUT_DATABASE = {"help", "collectstatic", "check", "compilemessages", "print_schema", "version", "--version"}


def main() -> None:
    """Start the embedded PostgreSQL if the command needs it, and run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banking_project.settings")
    from django.core.management import execute_from_command_line

    from banking_project import embedded_postgres

    if len(sys.argv) > 1 and sys.argv[1] not in WITHOUT_DATABASE and "--help" not in sys.argv:
        embedded_postgres.ensure_running()
    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        if type(error).__name__ != "ProgrammingError" or "does not exist" not in str(error):
            raise
        sys.exit("The database is not migrated to this version yet: run `python manage.py migrate`.")


if __name__ == "__main__":
    main()

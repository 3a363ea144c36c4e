"""`manage.py serve`: everything that `make run` does after the installation, in one process group.

Migrates, gathers static files, loads a small demo book into an empty demo database, says where to look, and
runs gunicorn and what stands beside it until Ctrl-C, which stops all that was started here, the embedded database
included.
"""

import os
import shutil
import signal
import socket
import sys
import tempfile
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from banking_project import embedded_postgres
from banking_project.database_watch import DatabaseWatch
from banking_project.ending import when_told_to_end
from banking_project.processes import Processes
from domains.demo.logins import LOGINS

DEMO_CUSTOMERS = 200
DISK_FREE_MIN = 300 * 1024 * 1024  # bytes
GUNICORN = [sys.executable, "-m", "gunicorn", "banking_project.wsgi:application"]
# What runs beside gunicorn: command lines, each started again when it ends by itself.
BESIDE = [[sys.executable, "manage.py", "worker"], [sys.executable, "manage.py", "feed"]]
SANDBOX = [sys.executable, "manage.py", "sandbox"]  # not in production


class Command(BaseCommand):
    """Run the product on this machine."""

    help = "Migrate, load the demo book if the database is empty, and serve until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size of the demo book."""
        parser.add_argument("--customers", type=int, default=DEMO_CUSTOMERS, help="of the demo book")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, announce, serve, stop."""
        host, port, metrics_port = os.environ.get("HOST", "127.0.0.1"), settings.PORT, settings.METRICS_PORT
        ports = {"PORT": port, "METRICS_PORT": metrics_port}
        ports["FEED_PORT"] = settings.FEED_PORT
        if not settings.PRODUCTION:
            ports["SANDBOX_PORT"] = settings.SANDBOX_PORT
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # until gunicorn runs, it is as Ctrl-C
        try:
            self._check_machine(host, ports)
            self._prepare(options["customers"])
            self._announce(port, metrics_port)
            code = _serve()
        except KeyboardInterrupt:
            code = 0
        finally:
            if embedded_postgres.started_here:
                self._say("Stopping the embedded database …")
                connections.close_all()
                embedded_postgres.stop()
        sys.exit(code)

    def _check_machine(self, host: str, ports: dict[str, int]) -> None:
        for name, port in ports.items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError as error:
                    raise CommandError(
                        f"Port {port} can't be used ({error.strerror}). "
                        f"Choose another one: {name}={port + 1} make run"
                    ) from None
        if shutil.disk_usage(settings.BASE_DIR).free < DISK_FREE_MIN:
            raise CommandError(
                f"Less than 300 MB are free on the disk of {settings.BASE_DIR}: make some room."
            )

    def _prepare(self, customers: int) -> None:
        self._say("Migrating the database …")
        call_command("migrate", verbosity=0)
        self._say("Gathering static files …")
        call_command("collectstatic", interactive=False, verbosity=0)
        if settings.BANKING_ENVIRONMENT == "demo":
            call_command("demo", customers=customers, if_empty=True)

    def _announce(self, port: int, metrics_port: int) -> None:
        self._say(f"\n  Explorer and GraphQL   http://127.0.0.1:{port}/graphql")
        self._say(f"  Dashboard              http://127.0.0.1:{port}/metrics_dashboard.html")
        self._say(f"  Live feed              http://127.0.0.1:{settings.FEED_PORT}/events/transactions")
        self._say(f"  Metrics                http://127.0.0.1:{metrics_port}/metrics")
        if settings.BANKING_ENVIRONMENT == "demo":
            self._say(f"  Sandbox of providers   http://127.0.0.1:{settings.SANDBOX_PORT}/_sandbox/faults")
            self._say(f"  Demo logins            {', '.join(login.username for login in LOGINS)}")
            self._say("  An access token        .venv/bin/python manage.py token officer")
            self._say("  A customer to ask for  +919876543210")
        self._say("\n  Ctrl-C stops everything.\n")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _serve() -> int:
    """Run gunicorn until it ends or is told to, and the others as long; return gunicorn's exit status.

    All of them leave their figures in one directory, so that one port serves them.
    """
    with tempfile.TemporaryDirectory(prefix="banking-metrics-") as directory:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", directory)
        return _run()


def _run() -> int:
    watch = DatabaseWatch()
    processes = Processes(
        GUNICORN,
        beside=BESIDE if settings.PRODUCTION else [*BESIDE, SANDBOX],
        directory=settings.BASE_DIR,
        look=watch.look,
    )
    when_told_to_end(processes.stop)
    try:
        return processes.run()
    finally:
        watch.end()

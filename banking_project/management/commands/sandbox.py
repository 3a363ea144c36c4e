"""`manage.py sandbox`: play every provider over HTTP on this machine, well or badly (see `sandbox/`)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from banking_project.ending import when_told_to_end
from sandbox.server import SERVICES, make_server


class Command(BaseCommand):
    """Serve until Ctrl-C or SIGTERM."""

    help = "Play every provider over HTTP on this machine; not in production."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to listen, and what the answers grow from."""
        parser.add_argument("--port", type=int, default=settings.SANDBOX_PORT, help="(default: SANDBOX_PORT)")
        parser.add_argument("--journals", type=Path, help="a folder to write the rails' ledgers into")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same answers")

    def handle(self, *, port: int, seed: int, journals: Path | None, **options: Any) -> None:
        """Serve, or say in one sentence why not."""
        if settings.PRODUCTION:
            raise CommandError("The sandbox invents what it answers: it does not run in production.")
        try:
            server = make_server(host="127.0.0.1", port=port, seed=seed, journals=journals)
        except OSError as error:
            raise CommandError(f"Port {port} can't be used ({error.strerror}).") from None
        when_told_to_end(server.shutdown)
        self.stdout.write(f"Sandbox at http://127.0.0.1:{port}/ plays {', '.join(SERVICES)}.")
        self.stdout.flush()
        server.serve_forever()
        server.server_close()

"""`manage.py feed`: changes of transactions as server-sent events (see `banking_project.feed`)."""

import os
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from banking_project.ending import when_told_to_end
from banking_project.feed import Feed
from banking_project.feed_server import EVENTS, STREAM, make_server


class Command(BaseCommand):
    """Serve until Ctrl-C or SIGTERM."""

    help = "Serve the live feed of transactions (server-sent events) until Ctrl-C or SIGTERM."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to listen."""
        parser.add_argument("--port", type=int, default=settings.FEED_PORT, help="(default: FEED_PORT)")

    def handle(self, *, port: int, **options: Any) -> None:
        """Serve, or say in one sentence why not."""
        from schema.root import gateway  # declares types over the models: not when commands are listed

        host = os.environ.get("HOST", "0.0.0.0" if settings.PRODUCTION else "127.0.0.1")  # noqa: S104
        feed = Feed(gateway())
        try:
            server = make_server(host=host, port=port, feed=feed)
        except OSError as error:
            raise CommandError(f"Port {port} can't be used ({error.strerror}).") from None

        def stop() -> None:
            feed.stopping.set()
            server.shutdown()

        when_told_to_end(stop)
        threading.Thread(target=feed.run, daemon=True).start()
        self.stdout.write(f"Live feed at http://{host}:{port}{EVENTS}, subscriptions at {STREAM}")
        self.stdout.flush()
        server.serve_forever(poll_interval=0.2)
        server.server_close()

"""`manage.py sandbox_faults`: make the running sandbox misbehave, or behave again."""

import json
import sys
from argparse import ArgumentParser
from http.client import HTTPConnection, HTTPException
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sandbox.faults import KNOWN


class Command(BaseCommand):
    """Set one rule, clear all, or list what is set and what there is."""

    help = "Make the running sandbox misbehave: `sandbox_faults slow --where kyc/alpha --rate 0.5`."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a rule."""
        parser.add_argument("fault", nargs="?", choices=KNOWN, metavar="FAULT", help=", ".join(KNOWN))
        parser.add_argument("--clear", action="store_true", help="behave well again")
        parser.add_argument("--where", default="", help="only this provider, such as kyc or kyc/alpha")
        parser.add_argument(
            "--match", default="", help="only requests that hold this text: a PAN, a reference"
        )
        parser.add_argument(
            "--rate", type=float, default=1.0, help="how often, from 0 to 1 (default: always)"
        )
        parser.add_argument("--times", type=int, help="only so many times")
        parser.add_argument("--seconds", type=float, help="how long, for slow, dribble and silent")
        parser.add_argument("--port", type=int, default=settings.SANDBOX_PORT, help="(default: SANDBOX_PORT)")

    def handle(self, *, fault: str | None, clear: bool, port: int, **options: Any) -> None:
        """Tell the sandbox, and print what is set."""
        if clear:
            self._send(port, "DELETE")
        if fault:
            names = ("where", "match", "rate", "times", "seconds")
            rule = {name: options[name] for name in names if options[name] is not None}
            self._send(port, "POST", {"fault": fault, **rule})
        told = self._send(port, "GET")
        for rule in told["faults"]:
            self.stdout.write(json.dumps(rule))
        if not told["faults"]:
            self.stdout.write("The sandbox behaves well. It can be made to misbehave:")
            for name, meaning in told["known"].items():
                self.stdout.write(f"  {name:25} {meaning}")

    def _send(self, port: int, method: str, rule: dict[str, Any] | None = None) -> Any:
        """Ask the sandbox on this machine; it is no provider, so it is not asked through the one door."""
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            body = None if rule is None else json.dumps(rule)
            connection.request(method, "/_sandbox/faults", body)
            response = connection.getresponse()
            told = json.loads(response.read())
        except (OSError, HTTPException, ValueError):
            raise CommandError(
                f"No sandbox answers on port {port}: `manage.py sandbox` starts one."
            ) from None
        finally:
            connection.close()
        if response.status >= 400:
            self.stderr.write(told["error"]["message"])
            sys.exit(1)
        return told

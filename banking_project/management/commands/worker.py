"""`manage.py worker`: do what no request waits for, until told to stop (Ctrl-C, SIGTERM)."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from banking_project.ending import when_told_to_end
from banking_project.worker import DUTIES, Worker
from domains.vault.signing import AUDIT_KEYS
from gateway import tracing

STOP_WITHIN_S = 20.0


class Command(BaseCommand):
    """Run every duty; start as many workers as you like."""

    help = "Do what no request waits for, until Ctrl-C or SIGTERM. Any number of workers may run at once."

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, wait for the signal, finish what was begun."""
        if settings.PRODUCTION:
            try:
                AUDIT_KEYS.given()
            except ImproperlyConfigured as error:
                raise CommandError(str(error)) from None
        connection.ensure_connection()  # one that is not there is told here; one that goes away is waited for
        connection.close()
        worker = Worker(DUTIES)
        when_told_to_end(worker.stop)
        tracing.start()
        worker.start()
        worker.stopping.wait()
        for name in worker.join(timeout_s=STOP_WITHIN_S):
            self.stderr.write(f"The duty {name} did not end in time; what it had not committed is undone.")
        tracing.end()

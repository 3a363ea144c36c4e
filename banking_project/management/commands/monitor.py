"""`manage.py monitor`: serve `/metrics` and sample the machine; gunicorn starts it by itself."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from banking_project.ending import when_told_to_end
from banking_project.monitor import Monitor
from gateway.metrics import shared_directory


class Command(BaseCommand):
    """Run beside the process that started it, no longer than that."""

    help = "Serve the figures of all processes on METRICS_PORT; started by gunicorn, and ends with it."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve and sample until told to stop."""
        directory = shared_directory()
        if directory is None:
            sys.exit("PROMETHEUS_MULTIPROC_DIR must name the directory that the processes share.")
        monitor = Monitor(directory=directory, parent=os.getppid())
        when_told_to_end(monitor.stopping.set)
        monitor.serve(host=os.environ.get("METRICS_HOST", "127.0.0.1"), port=settings.METRICS_PORT)
        monitor.run()

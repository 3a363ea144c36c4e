"""A worker's duty: watches what is read, and counts and logs what is out of the ordinary."""

import logging

from domains.audit.watching import watch
from domains.kernel.clock import now
from gateway.metrics import alerts

log = logging.getLogger("banking_project.watching")


def watch_reading() -> bool:
    """Look at the last minutes once; there is never more to do at once."""
    for alert in watch(moment=now()):
        alerts.labels(alert.code).inc()
        fields = {"code": alert.code, "viewer": str(alert.viewer_id), "count": alert.count}
        log.warning("Reading is out of the ordinary: %s.", alert.code, extra={"fields": fields})
    return False

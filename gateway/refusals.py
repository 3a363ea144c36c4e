"""What a request was refused for goes into the audit trail: by the policy, or for asking more than is allowed.

The same refusal of the same viewer is recorded once a minute, however often it is tried: a trail that anyone can
fill would be a way to stop the gateway. Recording is never a reason for a request to fail.
"""

import logging
import threading
import time
from uuid import UUID

from django.db import Error

from domains.audit.events import Event
from domains.audit.operations import record
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.outages import outage
from gateway.failures import RequestError
from gateway.metrics import LIMIT_CODES
from gateway.planning.runner import reconnecting
from gateway.record import RequestRecord
from gateway.viewer import Viewer

log = logging.getLogger("gateway.refusals")

RECORDED_EVERY_S = 60.0
REMEMBERED_MAX = 10_000
PER_VIEWER_MAX = 100  # different refusals of one viewer in that time
POLICY_CODES = frozenset(
    {
        "DOCUMENT_NOT_STORED",
        "FILTER_NOT_ALLOWED",
        "INTROSPECTION_OFF",
        "LOOKUP_NOT_ALLOWED",
        "NOT_ALLOWED",
        "ORDER_NOT_ALLOWED",
        "PURPOSE_REQUIRED",
        "UNAUTHENTICATED",
    }
)

Key = tuple[UUID | None, str, str]


class Refusals:
    """Records refusals; remembers which were recorded lately."""

    def __init__(self) -> None:
        self._recorded: dict[Key, float] = {}
        self._numbers: dict[UUID | None, tuple[float, int]] = {}  # since when, and how many
        self._lock = threading.Lock()

    def note(self, code: str, viewer: Viewer, address: str | None, about: RequestRecord) -> None:
        """Record a refused request, if its code is one of the policy's or a limit's and it is due."""
        if code not in POLICY_CODES and code not in LIMIT_CODES:
            return
        # Nobody's are told apart by their code alone: addresses and documents are made up at will.
        known = viewer.id is not None and code in POLICY_CODES
        if not self._due((viewer.id, code, about.document_id if known else "")):
            return
        try:
            reconnecting(lambda: self._record(code, viewer, address, about))
        except (Error, RequestError) as error:
            if isinstance(error, RequestError) or outage.explains(error):
                return  # the database is gone, which was told
            fields = {"correlation_id": about.correlation_id}
            log.exception("A refusal could not be recorded.", extra={"fields": fields})

    def _record(self, code: str, viewer: Viewer, address: str | None, about: RequestRecord) -> None:
        actor = Actor(
            kind=ActorKind(viewer.kind),
            id=viewer.id,
            customer_id=viewer.customer_id,
            roles=viewer.roles,
            purpose=viewer.purpose,
            correlation_id=about.correlation_id,
            address=address,
        )
        record(
            event=Event.REFUSAL if code in POLICY_CODES else Event.LIMIT,
            actor=actor,
            operation_name=about.operation_name,
            document_id=about.document_id,
            code=code,
            trace_id=about.trace_id,
        )

    def _often(self, viewer_id: UUID | None, moment: float) -> bool:
        """Tell whether so much was recorded of a viewer lately that others would find no room; count this one."""
        since, number = self._numbers.get(viewer_id, (moment, 0))
        if moment - since >= RECORDED_EVERY_S:
            since, number = moment, 0
        if number >= PER_VIEWER_MAX:
            return True
        if len(self._numbers) >= REMEMBERED_MAX:
            self._numbers.clear()
        self._numbers[viewer_id] = (since, number + 1)
        return False

    def _due(self, key: Key) -> bool:
        moment = time.monotonic()
        with self._lock:
            last = self._recorded.get(key)
            if last is not None and moment - last < RECORDED_EVERY_S:
                return False
            if self._often(key[0], moment):
                return False
            if len(self._recorded) >= REMEMBERED_MAX:
                self._recorded = {
                    known: at for known, at in self._recorded.items() if moment - at < RECORDED_EVERY_S
                }
                if len(self._recorded) >= REMEMBERED_MAX:
                    return False
            self._recorded[key] = moment
            return True

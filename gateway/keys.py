"""API keys as credentials: `Authorization: ApiKey …` or `X-API-Key: …` becomes a Viewer.

A key's viewer has the roles of its owner, within the key's scopes. What a key opens is remembered for at most
five seconds; whether it still holds is checked inside each read statement, as for a token.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError

from domains.audit.events import Event
from domains.audit.operations import record
from domains.identity.key_use import USE_NOTED_EVERY, FoundKey, find_key, note_use
from domains.identity.networks import Network, allows, networks_of
from domains.kernel.actor import Actor, ActorKind
from gateway.viewer import Viewer

KEYS_REMEMBERED_MAX = 10_000
REMEMBERED_S = 5.0
REFUSALS_RECORDED_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Known:
    """A key that was found: its viewer, or None if it does not hold, and from where it may be used."""

    viewer: Viewer | None
    id: UUID
    networks: tuple[Network, ...]
    until: float  # of the monotonic clock


class Keys:
    """Turns API keys into viewers; `customer_of` tells which customer a key's owner is."""

    def __init__(self, *, customer_of: Callable[[UUID], UUID | None]) -> None:
        self.customer_of = customer_of
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._noted: dict[object, float] = {}
        self._lock = threading.Lock()

    def viewer(self, key: str, *, address: str | None, correlation_id: str) -> Viewer | None:
        """Return the viewer that a key stands for at an address; None if it does not hold there."""
        known = self._known.get(key)
        if known is None or known.until <= time.monotonic():
            found = find_key(key)
            if found is None:
                return None
            known = self._remember(key, found)
        if known.viewer is not None and allows(known.networks, address):
            return known.viewer
        self._record_refusal(known.id, address, correlation_id)
        return None

    def used(self, viewer: Viewer) -> None:
        """Note the use of a viewer's key, at most once a minute; never a reason for a request to fail."""
        if viewer.kind != "API_KEY" or viewer.id is None:
            return
        if self._due(viewer.id, USE_NOTED_EVERY.total_seconds()):
            try:
                note_use(viewer.id)
            except DatabaseError:
                self._noted.pop(viewer.id, None)

    def _remember(self, key: str, found: FoundKey) -> Known:
        viewer = None
        if found.holds:
            viewer = Viewer(
                kind="API_KEY",
                id=found.id,
                user_id=found.owner_id,
                customer_id=self.customer_of(found.owner_id),
                roles=found.roles,
                scopes=found.scopes,
                rate_tier=found.rate_tier,
            )
        networks = networks_of(found.allowed_networks)
        known = Known(viewer, found.id, networks, time.monotonic() + REMEMBERED_S)
        with self._lock:
            self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > KEYS_REMEMBERED_MAX:
                self._known.popitem(last=False)
        return known

    def _record_refusal(self, key_id: UUID, address: str | None, correlation_id: str) -> None:
        """Record the use of a key that ended, or from elsewhere; once a minute, however often it is tried."""
        if self._due((key_id, "refused"), REFUSALS_RECORDED_EVERY_S):
            actor = Actor(kind=ActorKind.API_KEY, id=key_id, address=address, correlation_id=correlation_id)
            record(event=Event.REFUSAL, actor=actor, operation_name="authenticate")

    def _due(self, what: object, every_s: float) -> bool:
        """Tell whether something was last done at least so long ago, and take it as done now."""
        moment = time.monotonic()
        with self._lock:
            last = self._noted.get(what)
            if last is not None and moment - last < every_s:
                return False
            self._noted[what] = moment
            return True

"""Stored documents: called by their identifier, and for some viewers the only ones that are answered.

What was found is remembered for a minute, what was not for five seconds: so long may a document still be
answered that was removed.
"""

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.db.models import Q

from domains.audit.events import Event
from domains.audit.operations import record
from domains.kernel.actor import Actor
from gateway import metrics
from gateway.failures import refuse
from gateway.manifests import IDENTIFIER, Entry, digest_of
from gateway.models import StoredDocument
from gateway.planning.runner import reconnecting
from gateway.viewer import Viewer

log = logging.getLogger("gateway.stored")

FOUND_KEPT_S = 60.0
MISSING_KEPT_S = 5.0
REMEMBERED_MAX = 5_000
SHA256 = "sha256:"
NOT_FOUND = "PersistedQueryNotFound"  # this and its code tell Apollo's clients to send the text


class Mode(IntEnum):
    """What happens to a document that is not stored, from most to least generous."""

    ALLOW_ALL = 0
    LOG_UNKNOWN = 1
    ONLY_STORED = 2


class Modes:
    """The mode for each viewer: of a key's tier or of the kind of viewer if they have one, else of the roles.

    Of several roles the most generous counts: who may explore as one of them may explore.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        if unknown := sorted(set(given) - {"default", "kinds", "tiers", "roles"}):
            raise ImproperlyConfigured(f"GATEWAY_STORED_DOCUMENTS: {unknown[0]!r} is not known.")
        self.default = _mode(given.get("default", Mode.ALLOW_ALL.name))
        self.kinds, self.tiers, self.roles = (
            {name: _mode(value) for name, value in given.get(key, {}).items()}
            for key in ("kinds", "tiers", "roles")
        )

    @classmethod
    def configured(cls) -> "Modes":
        """Return the modes of the settings."""
        return cls(getattr(settings, "GATEWAY_STORED_DOCUMENTS", {}))

    def of(self, viewer: Viewer) -> Mode:
        """Return the mode for a viewer; the program itself may ask anything."""
        if viewer.kind == "SYSTEM":
            return Mode.ALLOW_ALL
        named = self.tiers.get(viewer.rate_tier) if viewer.rate_tier else None
        if named is None:
            named = self.kinds.get(viewer.kind)
        if named is not None:
            return named
        if not self.roles or not viewer.roles:
            return self.default
        return min(self.roles.get(role, self.default) for role in viewer.roles)


def _mode(name: str) -> Mode:
    try:
        return Mode[name]
    except KeyError:
        known = ", ".join(mode.name for mode in Mode)
        raise ImproperlyConfigured(f"GATEWAY_STORED_DOCUMENTS: {name!r} is none of {known}.") from None


class StoredDocuments:
    """What is stored, as this process remembers it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str | None, float]] = {}
        self._lock = threading.Lock()

    def text(self, identifier: str) -> str | None:
        """Return the text of a stored document, by its identifier or as `sha256:` and the digest of its text."""
        found = self._known.get(identifier)
        if found is None or found[1] <= time.monotonic():
            found = self._look_up(identifier)
        return found[0]

    def asked(self, text: str | None, identifier: str | None, *, mode: Mode, correlation_id: str) -> str:
        """Return the text to answer: the one that was sent, or the one that the identifier stands for.

        Raises RequestError `PERSISTED_QUERY_NOT_FOUND` for an identifier of nothing, `DOCUMENT_NOT_STORED` for a
        text that is not stored where only stored ones are answered.
        """
        if text is None:
            found = self.text(identifier or "")
            if found is None:
                metrics.documents.labels("not_found").inc()
                raise refuse(NOT_FOUND, "PERSISTED_QUERY_NOT_FOUND")
            metrics.documents.labels("stored").inc()
            return found
        if mode is not Mode.ALLOW_ALL and not self.holds(digest := digest_of(text)):
            if mode is Mode.ONLY_STORED:
                metrics.documents.labels("refused").inc()
                raise refuse("Only stored documents are answered to you.", "DOCUMENT_NOT_STORED", status=403)
            metrics.documents.labels("unknown").inc()
            fields = {"document_id": digest, "correlation_id": correlation_id}
            log.info("A document that is not stored was answered.", extra={"fields": fields})
        return text

    def holds(self, digest: str) -> bool:
        """Tell whether a text with this SHA-256 (hex) is stored."""
        return self.text(SHA256 + digest) is not None

    def _look_up(self, identifier: str) -> tuple[str | None, float]:
        name = identifier.removeprefix(SHA256)
        if not IDENTIFIER.fullmatch(name):
            return None, 0.0  # and not remembered: it may be as long as a request
        by = Q(digest=name) if name != identifier else Q(id=name) | Q(digest=name)
        rows = StoredDocument.objects.filter(by).order_by().values_list("text", flat=True)
        text = reconnecting(lambda: rows.first())
        found = (text, time.monotonic() + (MISSING_KEPT_S if text is None else FOUND_KEPT_S))
        with self._lock:
            self._known[identifier] = found
            while len(self._known) > REMEMBERED_MAX:
                self._known.pop(next(iter(self._known)))
        return found


class Clash(Exception):
    """An identifier that is stored already, with another text."""


@dataclass(frozen=True)
class Stored:
    """How many documents a call of `store` added, met unchanged, and removed."""

    added: int
    unchanged: int
    removed: int


@transaction.atomic
def store(entries: Iterable[Entry], *, replace: bool = False) -> Stored:
    """Store documents; with `replace`, remove all others. Raises Clash, and then nothing has changed.

    What is stored never changes: a new text needs a new identifier, since clients may hold the old one.
    """
    wanted: dict[str, Entry] = {}
    for entry in entries:
        if wanted.setdefault(entry.id, entry).text != entry.text:
            raise Clash(f"{entry.id} is given twice, with two texts.")
    there = dict(StoredDocument.objects.filter(id__in=wanted).values_list("id", "digest"))
    for key, digest in there.items():
        if digest != wanted[key].digest:
            raise Clash(f"{key} is stored already, with another text.")
    new = [
        StoredDocument(
            id=entry.id, digest=entry.digest, text=entry.text, name=entry.name, origin=entry.origin
        )
        for entry in wanted.values()
        if entry.id not in there
    ]
    try:
        with transaction.atomic():
            StoredDocument.objects.bulk_create(new)
    except IntegrityError:
        raise Clash("Someone else stored documents at this moment: do it again.") from None
    removed = StoredDocument.objects.exclude(id__in=wanted).delete()[0] if replace else 0
    if new or removed:
        actor = Actor.system("store documents")
        record(event=Event.CONFIG, actor=actor, operation_name="store_documents", row_count=len(new))
    return Stored(len(new), len(there), removed)

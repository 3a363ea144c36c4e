"""Heads of the tree: its size and root at a moment, signed with a key that the database does not hold."""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from domains.audit.models import TreeHead
from domains.vault.signing import AUDIT_KEYS

log = logging.getLogger("audit.heads")


@dataclass(frozen=True)
class Head:
    """A signed head as it is exported; bytes are in hex, the time in UTC."""

    size: int
    root: str
    signed_at: str
    key_id: str
    signature: str

    @classmethod
    def of(cls, stored: TreeHead) -> "Head":
        """Return a stored head in this form."""
        return cls(
            size=stored.size,
            root=bytes(stored.root).hex(),
            signed_at=_time(stored.signed_at),
            key_id=stored.key_id,
            signature=bytes(stored.signature).hex(),
        )

    def text(self) -> str:
        """Return the head as a line of JSON."""
        return json.dumps(asdict(self))

    def fault(self) -> str | None:
        """Return what is wrong with the signature; nothing when it is that of a key of ours."""
        key = AUDIT_KEYS.keys(holding=self.key_id).public.get(self.key_id)
        if key is None:
            return f"signed by the key {self.key_id}, which is not among the audit keys here"
        try:
            key.verify(
                bytes.fromhex(self.signature),
                signed_text(size=self.size, root=self.root, signed_at=self.signed_at, key_id=self.key_id),
            )
        except (InvalidSignature, ValueError):
            return "the signature does not hold"
        return None


def signed_text(*, size: int, root: str, signed_at: str, key_id: str) -> bytes:
    """Return the bytes that are signed: five lines, each ended."""
    return f"audit tree head 1\n{size}\n{root}\n{signed_at}\n{key_id}\n".encode()


def sign(*, size: int, root: bytes, moment: datetime) -> Head:
    """Return the signed head of a tree; raise ImproperlyConfigured when there is no key to sign with."""
    keys = AUDIT_KEYS.keys()
    told = {"size": size, "root": root.hex(), "signed_at": _time(moment), "key_id": keys.current_id}
    signature = keys.current.sign(signed_text(**told))  # type: ignore[arg-type] # each value has its key's type
    return Head(**told, signature=signature.hex())  # type: ignore[arg-type] # likewise


def witness(head: Head) -> None:
    """Tell the world outside the database of a head: the log, and the file that a setting names."""
    log.info("Audit tree head %d %s", head.size, head.root, extra={"fields": {"head": asdict(head)}})
    if settings.AUDIT_HEADS_FILE:
        with Path(settings.AUDIT_HEADS_FILE).open("a") as file:
            file.write(head.text() + "\n")


def public_keys() -> dict[str, str]:
    """Return the public keys in hex by id: what verifies heads without us."""
    return {
        key_id: key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        for key_id, key in AUDIT_KEYS.keys().public.items()
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

"""Envelopes: a file is encrypted under a key of its own, and that key is sealed to the file's row.

So keys are rotated by sealing a few bytes anew, and a file may lie anywhere: without its row nobody reads it.
AES-256-GCM with `table.column:pk` as associated data, as for sealed values.
"""

import base64
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domains.vault.sealing import BrokenSeal, open_sealed, seal

NONCE_BYTES = 12


def seal_content(*, table: str, pk: UUID, content: bytes) -> tuple[bytes, bytes]:
    """Return the sealed key, which belongs into the column `key_sealed`, and the ciphertext of `content`."""
    key, nonce = AESGCM.generate_key(bit_length=256), secrets.token_bytes(NONCE_BYTES)
    ciphertext = nonce + AESGCM(key).encrypt(nonce, content, _place(table, pk))
    return seal(table_column=f"{table}.key", pk=pk, value=base64.b64encode(key).decode()), ciphertext


def open_content(*, table: str, pk: UUID, key_sealed: bytes | memoryview, ciphertext: bytes) -> bytes:
    """Return what was sealed for this row; raise BrokenSeal when key or ciphertext do not open."""
    key = base64.b64decode(open_sealed(table_column=f"{table}.key", pk=pk, sealed=key_sealed))
    nonce, encrypted = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, encrypted, _place(table, pk))
    except (InvalidTag, ValueError):
        raise BrokenSeal(f"The content of a row of {table} does not open.") from None


def _place(table: str, pk: UUID) -> bytes:
    return f"{table}.content:{pk}".encode()

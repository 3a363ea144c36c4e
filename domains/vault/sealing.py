"""Sealing: encrypt a value so that it opens in its own row and column only, and index it blindly.

Ciphertexts are AES-256-GCM with `table.column:pk` as associated data: moved to another row or column they do
not open. A digest is a keyed PRF (HMAC-SHA-256) of purpose and value: equal values of one purpose are found,
and nothing can be told without the key. A sealed token (a cursor) can't be read or altered outside.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from uuid import UUID

import tink

from domains.kernel.failures import Invalid
from domains.vault.keyring import keyring, reread_keyring

DIGEST_BYTES = 32
TOKEN_LENGTH_MAX = 8_192


class BrokenSeal(Exception):
    """A stored ciphertext does not open: altered, moved, or its key is gone. Never the caller's fault."""


class InvalidToken(Invalid):
    """A token that was not made here, or was altered, or was made for another use."""

    code = "INVALID_TOKEN"


def seal(*, table_column: str, pk: UUID, value: str) -> bytes:
    """Return the ciphertext of `value` for one column (`kyc_kycprofile.pan`) of one row."""
    return keyring().values.encrypt(value.encode(), _place(table_column, pk))


def open_sealed(*, table_column: str, pk: UUID | str, sealed: bytes | memoryview) -> str:
    """Return what was sealed for this column of this row; raise BrokenSeal when it does not open.

    Another process may have sealed it with a key that was added a moment ago: then the keyring is read again.
    """
    place, known = _place(table_column, pk), keyring()
    try:
        return known.values.decrypt(bytes(sealed), place).decode()
    except tink.TinkError:
        newer = reread_keyring()
    try:
        if newer is not known:
            return newer.values.decrypt(bytes(sealed), place).decode()
    except tink.TinkError:
        pass
    raise BrokenSeal(f"A sealed value of {table_column} does not open.") from None


def open_all(*, table_column: str, sealed: Sequence[tuple[str, bytes]]) -> list[str | BrokenSeal]:
    """Open many values of one column, each given with its row's key; BrokenSeal stands where one does not open."""
    decrypt, start = keyring().values.decrypt, f"{table_column}:"
    values: list[str | BrokenSeal] = []
    for pk, value in sealed:
        try:
            values.append(decrypt(value, (start + pk).encode()).decode())
        except tink.TinkError:
            try:
                values.append(open_sealed(table_column=table_column, pk=pk, sealed=value))
            except BrokenSeal as broken:
                values.append(broken)
    return values


def digest(*, purpose: str, value: str) -> bytes:
    """Return the keyed digest (32 bytes) of `value` under `purpose`; other purposes give other digests."""
    return keyring().digests.compute(f"{purpose}\x00{value}".encode(), DIGEST_BYTES)


def digests(*, purpose: str, value: str) -> list[bytes]:
    """Return the digests of `value` under every key, the present one first: by these what is stored is found."""
    told = f"{purpose}\x00{value}".encode()
    return [digester.compute(told, DIGEST_BYTES) for digester in keyring().all_digests]


def sealed_columns(
    *,
    table: str,
    column: str,
    pk: UUID,
    value: str | None,
    mask: Callable[[str], str],
    digested: bool = False,
) -> dict[str, object]:
    """Return the columns of a sealed value as keywords: `…_sealed`, `…_masked` and, if digested, `…_digest`.

    All are None when `value` is. The digest's purpose is `table.column`, as in `kyc_kycprofile.pan`.
    """
    place = f"{table}.{column}"
    columns: dict[str, object] = {
        f"{column}_sealed": None if value is None else seal(table_column=place, pk=pk, value=value),
        f"{column}_masked": None if value is None else mask(value),
    }
    if digested:
        columns[f"{column}_digest"] = None if value is None else digest(purpose=place, value=value)
    return columns


def seal_token(*, context: str, payload: bytes) -> str:
    """Return an opaque, URL-safe token of `payload` that opens under the same `context` only."""
    sealed = keyring().tokens.encrypt(payload, context.encode())
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def open_token(*, context: str, token: str) -> bytes:
    """Return the payload of a token made by `seal_token`; raise InvalidToken for anything else."""
    try:
        if len(token) > TOKEN_LENGTH_MAX:
            raise ValueError
        raw = token.encode("ascii")
        sealed = base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
        if base64.urlsafe_b64encode(sealed).rstrip(b"=") != raw:
            raise ValueError  # the same bytes, spelt otherwise
        return keyring().tokens.decrypt(sealed, context.encode())
    except (ValueError, binascii.Error, tink.TinkError):
        raise InvalidToken("This token was not made here, or it was altered.") from None


def _place(table_column: str, pk: UUID | str) -> bytes:
    return f"{table_column}:{pk}".encode()

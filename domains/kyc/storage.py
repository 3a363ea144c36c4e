"""Where ciphertexts of documents lie: in the database (the default), or in a folder that all gateways share.

In the database they are written in the transaction of their row, saved by its backup, and found by every gateway;
for the few hundred kilobytes of an identity document that outweighs a smaller database. `BANKING_DOCUMENTS=folder`
puts them under `BANKING_VAR/documents` instead. Without their row they can't be opened in either place, so a file
whose transaction was rolled back is waste, not a leak.
"""

import os
from pathlib import Path
from uuid import UUID

from django.conf import settings

from domains.kyc.models import KYCDocument


class DocumentLost(Exception):
    """The file of a document is not where it was put. Never the caller's fault."""


def keep(document: KYCDocument, ciphertext: bytes) -> None:
    """Put a ciphertext where the settings say, before its row is saved."""
    folder: Path | None = settings.DOCUMENTS_DIR
    if folder is None:
        document.content = ciphertext
        return
    file = _file(folder, document.id)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = file.with_suffix(".part")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        target.write(ciphertext)
        target.flush()
        os.fsync(target.fileno())
    unfinished.rename(file)


def fetch(document: KYCDocument) -> bytes:
    """Return the ciphertext of a document, from wherever it was put; raise DocumentLost when it is gone."""
    if document.content is not None:
        return bytes(document.content)
    folder: Path = settings.DOCUMENTS_DIR or settings.VAR_DIR / "documents"
    try:
        return _file(folder, document.id).read_bytes()
    except OSError:
        raise DocumentLost(f"The file of the document {document.id} can't be read.") from None


def _file(folder: Path, document_id: UUID) -> Path:
    name = document_id.hex
    return folder / name[-2:] / name  # the last digits: the first ones are the time

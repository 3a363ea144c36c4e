"""Documents: taken in after a look into them, encrypted, and given out through links that end."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import NotFound, Refused
from domains.kernel.identifiers import new_id
from domains.kyc.failures import InvalidChoice
from domains.kyc.inspection import type_of
from domains.kyc.models import Action, DocumentKind, DocumentType, KYCDocument
from domains.kyc.step import begin_step, end_step
from domains.kyc.storage import fetch, keep
from domains.vault.envelopes import open_content, seal_content
from domains.vault.sealing import digests, open_token, seal_token

TABLE = "kyc_kycdocument"
DOCUMENTS_MAX = 20  # of one profile
LINK_MINUTES = 5
_CONTEXT = "kyc.document"
MEDIA_TYPES = {
    DocumentType.PDF: "application/pdf",
    DocumentType.JPEG: "image/jpeg",
    DocumentType.PNG: "image/png",
}


class TooManyDocuments(Refused):
    """The profile holds as many documents as it may."""

    code = "KYC_TOO_MANY_DOCUMENTS"

    def __init__(self) -> None:
        super().__init__(f"A profile holds {DOCUMENTS_MAX} documents at most.", path=("file",))


class LinkEnded(NotFound):
    """A link that is too old, or that was not made here."""

    code = "LINK_ENDED"

    def __init__(self) -> None:
        super().__init__("This link does not hold, or no longer: ask for the document again.")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link stands for: a document, for one user, in one session."""

    document_id: UUID
    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class Opened:
    """A document in clear."""

    media_type: str
    file_name: str
    content: bytes


@transaction.atomic
def attach_document(*, actor: Actor, profile_id: UUID, version: int, kind: str, content: bytes) -> UUID:
    """Take a document into a profile and return its id; the same one again changes nothing.

    Raises what `begin_step` does, InvalidChoice, InvalidDocument or TooManyDocuments.
    """
    if kind not in DocumentKind.values:
        raise InvalidChoice("This is no kind of document.", path=("kind",))
    step = begin_step(actor=actor, profile_id=profile_id, version=version, action=Action.ATTACH)
    marks = digests(purpose=f"{TABLE}.content", value=hashlib.sha256(content).hexdigest())
    documents = KYCDocument.objects.filter(profile=step.profile)
    known = documents.filter(kind=kind, content_digest__in=marks).values_list("id", flat=True).first()
    if known is not None:
        return known
    if documents.count() >= DOCUMENTS_MAX:
        raise TooManyDocuments
    found = type_of(content)  # last: looking into it costs, and who may not do this pays nothing
    document_id = new_id()
    key_sealed, ciphertext = seal_content(table=TABLE, pk=document_id, content=content)
    document = KYCDocument(
        id=document_id,
        profile=step.profile,
        kind=kind,
        content_type=found,
        size_bytes=len(content),
        content_digest=marks[0],
        key_sealed=key_sealed,
        uploaded_by=step.person.id,
    )
    keep(document, ciphertext)
    document.save(force_insert=True)
    change = Change(TABLE, document_id, "kind", None, kind, in_clear=True)
    end_step(step, operation_name="attach_document", changes=[change])
    return document_id


def make_link(link: Link) -> str:
    """Return the token of a link that holds for LINK_MINUTES."""
    ends = now() + timedelta(minutes=LINK_MINUTES)
    told = [str(link.document_id), str(link.user_id), str(link.session_id), ends.timestamp()]
    return seal_token(context=_CONTEXT, payload=json.dumps(told).encode())


def read_link(token: str) -> Link:
    """Return what a token stands for; raise InvalidToken or LinkEnded."""
    document_id, user_id, session_id, ends = json.loads(open_token(context=_CONTEXT, token=token))
    if now().timestamp() >= ends:
        raise LinkEnded
    return Link(UUID(document_id), UUID(user_id), UUID(session_id))


@transaction.atomic
def open_document(*, actor: Actor, document_id: UUID) -> Opened:
    """Return a document in clear and record that it was given out; who may have it was decided before.

    Raises LinkEnded when there is none.
    """
    document = KYCDocument.objects.select_related("profile").filter(id=document_id).first()
    if document is None:
        raise LinkEnded
    content = open_content(
        table=TABLE, pk=document.id, key_sealed=document.key_sealed, ciphertext=fetch(document)
    )
    change = Change(TABLE, document.id, "content", None, "given out", in_clear=True)
    subjects = [document.profile.customer_id]
    record(
        event=Event.EXPORT, actor=actor, operation_name="open_document", subjects=subjects, changes=[change]
    )
    kind, suffix = document.kind.lower().replace("_", "-"), document.content_type.lower()
    media_type = MEDIA_TYPES[DocumentType(document.content_type)]
    return Opened(media_type, f"{kind}-{document.id}.{suffix}", content)

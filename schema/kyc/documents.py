"""Documents of KYC profiles: what there is, and links that end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domains.kyc import models
from domains.kyc.documents import LINK_MINUTES, Link, make_link
from gateway.classification import Classification as C
from gateway.declaration import batch, column, entity, global_id, to_one
from gateway.scalars import DateTime
from schema.node import Node

if TYPE_CHECKING:
    from schema.kyc.profiles import KYCProfile

KYCDocumentKind = models.DocumentKind
strawberry.enum(KYCDocumentKind, name="KYCDocumentKind", description="What a document is.")
KYCDocumentType = models.DocumentType
strawberry.enum(KYCDocumentType, name="KYCDocumentType", description="What a file is, by its content.")


def _links(parents: Sequence[tuple[Any, ...]]) -> list[str | None]:
    """Return a link for each (document's key, user's key, session's key); keys and programs get none."""
    return [
        f"/documents/{make_link(Link(UUID(key), UUID(user), UUID(session)))}" if user and session else None
        for key, user, session in parents
    ]


@entity(
    models.KYCDocument,
    name="KYCDocument",
    description="A document of a KYC profile.",
    subject="profile__customer_id",
)
class KYCDocument(Node):
    """A document of a KYC profile."""

    id: strawberry.ID = global_id()
    profile: Annotated["KYCProfile", strawberry.lazy("schema.kyc.profiles")] | None = to_one(
        C.PUBLIC, "Whose document it is."
    )
    kind: KYCDocumentKind = column(C.PUBLIC, "What it is.")
    content_type: KYCDocumentType = column(C.PUBLIC, "What the file is, by its content.")
    size_bytes: int = column(C.PUBLIC, "How large the file is, in bytes.")
    uploaded_at: DateTime = column(C.PUBLIC, "When it was taken.")
    link: str | None = batch(
        C.IDENTITY_NUMBER,
        f"Where the file is given out, for {LINK_MINUTES} minutes, to you in this session only.",
        columns=("pk",),
        viewer=("user_id", "session_id"),
        compute=_links,
        cost=5,
    )

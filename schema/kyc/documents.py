"""Documents of KYC profiles: what there is, and links that end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domains.kyc import document_rules, models
from domains.kyc.document_rules import documents_missing
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
KYCDocumentPurpose = document_rules.DocumentPurpose
strawberry.enum(
    KYCDocumentPurpose,
    name="KYCDocumentPurpose",
    description="What a document is to show: who somebody is, what they look like, where their money comes from.",
)


@strawberry.type(description="A document that approval needs; any of its kinds will do.")
class KYCDocumentDemand:
    """A document that approval needs; any of its kinds will do."""

    purpose: KYCDocumentPurpose = strawberry.field(description="What it is to show.")
    any_of: list[KYCDocumentKind] = strawberry.field(description="The kinds that will do.")


def computed_demands(parents: Sequence[tuple[Any, ...]]) -> list[list[dict[str, object]]]:
    """Return what each (profile's key, its risk category, another one or None) lacks, as its parts."""
    missing = documents_missing(
        [(UUID(key), models.RiskCategory(other or present)) for key, present, other in parents]
    )
    return [
        [{"purpose": each.purpose.value, "anyOf": [kind.value for kind in each.any_of]} for each in demands]
        for demands in missing
    ]


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
        f"An address that gives the file out for {LINK_MINUTES} minutes, while this session of yours lasts. "
        "Whoever has it can follow it: keep it to yourself.",
        columns=("pk",),
        viewer=("user_id", "session_id"),
        compute=_links,
        cost=5,
    )

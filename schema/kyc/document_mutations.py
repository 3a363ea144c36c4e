"""Sending documents of KYC profiles."""

import strawberry

from domains.kernel.actor import Actor
from domains.kyc.documents import attach_document
from gateway.declaration import operation
from gateway.uploads import File
from schema.global_ids import key_of
from schema.kyc.documents import KYCDocument, KYCDocumentKind
from schema.refusals import Problem, refusals_as, told_problems

LOOK_INTO_COST = 8_000  # points: a file is decoded as a whole, and five of them may be in one request


@strawberry.type(description="A document after it was taken, or what was wrong.")
class KYCDocumentPayload:
    """A document after it was taken, or what was wrong."""

    document: KYCDocument | None = strawberry.field(
        default=None, description="The document; null when refused."
    )
    problems: list[Problem] = told_problems()


@strawberry.input(description="A document of a KYC profile.")
class AttachKYCDocumentInput:
    """A document of a KYC profile."""

    id: strawberry.ID = strawberry.field(description="The profile's global id.")
    version: int = strawberry.field(description="The profile's version that you read.")
    kind: KYCDocumentKind = strawberry.field(description="What it is.")
    file: File = strawberry.field(description="A PDF, a JPEG or a PNG of 5 MiB at most.")


@refusals_as(KYCDocumentPayload)
def attach_kyc_document(actor: Actor, input: AttachKYCDocumentInput) -> KYCDocumentPayload:
    """Take a document into a profile."""
    key = attach_document(
        actor=actor,
        profile_id=key_of(input.id, entity="KYCProfile", path=("id",)),
        version=input.version,
        kind=input.kind.value,
        content=input.file.content,
    )
    return KYCDocumentPayload(document=key)  # type: ignore[arg-type] # the gateway reads it by its key


@strawberry.type
class KYCDocumentMutations:
    """Mutations of documents."""

    attach_kyc_document: KYCDocumentPayload | None = operation(
        "Take a document into a KYC profile: a PDF, a JPEG or a PNG, by its content.",
        run=attach_kyc_document,
        arguments={"input": AttachKYCDocumentInput},
        cost=LOOK_INTO_COST,
    )

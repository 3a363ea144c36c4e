"""Documents of customers. The content is encrypted under a key that is sealed to the row."""

from django.db import models
from django.db.models import Q

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.kyc.models.profile import KYCProfile


class DocumentKind(models.TextChoices):
    """What a document is (officially valid documents of the RBI's Direction, and others)."""

    PAN_CARD = "PAN_CARD"
    MASKED_AADHAAR = "MASKED_AADHAAR"
    PASSPORT = "PASSPORT"
    DRIVING_LICENCE = "DRIVING_LICENCE"
    VOTER_ID = "VOTER_ID"
    BANK_STATEMENT = "BANK_STATEMENT"
    PHOTOGRAPH = "PHOTOGRAPH"
    OTHER = "OTHER"


class DocumentType(models.TextChoices):
    """What a content is, whatever it is called."""

    PDF = "PDF"
    JPEG = "JPEG"
    PNG = "PNG"


class KYCDocument(Record):
    """One document. Its ciphertext stands here, or in a file of its key's name where `content` is null."""

    profile = models.ForeignKey(
        KYCProfile, on_delete=models.PROTECT, related_name="documents", db_index=False
    )
    kind = models.CharField(max_length=20, choices=DocumentKind)
    content_type = models.CharField(max_length=10, choices=DocumentType)
    size_bytes = models.PositiveIntegerField()
    content_digest = models.BinaryField()
    key_sealed = models.BinaryField()
    content = models.BinaryField(null=True)
    uploaded_by = models.UUIDField(null=True, help_text="the user's id")
    uploaded_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            one_of("kyc_document_kind_known", "kind", DocumentKind.values),
            one_of("kyc_document_type_known", "content_type", DocumentType.values),
            models.UniqueConstraint(fields=["profile", "kind", "content_digest"], name="kyc_document_once"),
            models.CheckConstraint(name="kyc_document_not_empty", condition=Q(size_bytes__gt=0)),
        ]
        indexes = [models.Index(fields=["profile", "uploaded_at", "id"], name="kyc_document_by_profile")]

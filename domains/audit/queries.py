"""Reading the trail."""

from uuid import UUID

from domains.audit.models import AuditLog


def entries_about(subject: UUID, *, limit: int = 100) -> list[AuditLog]:
    """Return the latest events that concern one customer, newest first."""
    return list(AuditLog.objects.filter(subjects__contains=[subject]).order_by("-id")[:limit])

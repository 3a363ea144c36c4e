"""Whether a credential still holds, as rows that are there as long as it does.

The gateway compiles them into the statements that read, so that a revocation works at once. What is compared
may be values or expressions.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from domains.identity.models import ApiKey, Session


def live_sessions(*, session_id: Any, user_id: Any, token_version: Any) -> "QuerySet[Any]":
    """Return the session, unless it has ended or its user or their token version is another."""
    return Session.objects.filter(
        pk=session_id,
        ended_at__isnull=True,
        expires_at__gt=Now(),
        user=user_id,
        user__token_version=token_version,
        user__is_active=True,
    )


def live_keys(*, key_id: Any) -> "QuerySet[Any]":
    """Return the API key, unless it was revoked, has expired, or its owner is inactive."""
    in_time = Q(expires_at__isnull=True) | Q(expires_at__gt=Now())
    return ApiKey.objects.filter(in_time, pk=key_id, revoked_at__isnull=True, owner__is_active=True)

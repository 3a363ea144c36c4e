"""The cast of the tests that ask the gateway: one user for each role, and customers; all invented."""

from datetime import date
from uuid import UUID

from django.contrib.auth.models import Group

from domains.identity.models import User
from domains.kernel.clock import now
from domains.kyc.models import KYCProfile, KYCStateChange

PASSWORD = "correct horse battery staple"


def make_user(username: str, *roles: str, password: str | None = None) -> User:
    """Store a user with these roles; without a password they can't sign in, and no time goes into hashing."""
    user = User.objects.create_user(username, password)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def verify(customer_id: UUID, *, due: date = date(2099, 1, 1), status: str = "VERIFIED") -> None:
    """Let a customer's KYC stand so since this moment, whatever it was before."""
    state = {"risk_category": "HIGH", "verified_at": now(), "next_due_on": due}
    profile, _ = KYCProfile.objects.update_or_create(
        customer_id=customer_id, defaults={"status": status, **state}
    )
    KYCStateChange.objects.create(
        profile=profile, action="RENEW", from_status=None, to_status=status, maker_kind="SYSTEM",
        profile_version=1, **state,
    )  # fmt: skip

"""Reading profiles."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import DateTimeField, UUIDField

from domains.kernel import prepared
from domains.kernel.days import end_of, today
from domains.kernel.prepared import Answer, Question, Slot
from domains.kyc.duties import Asked, Permission, State, permission, permissions
from domains.kyc.duty_rules import CustomerAction
from domains.kyc.models import KYCProfile, KYCStateChange
from domains.vault.sealing import digests

_LAST_CHANGE = Question(
    lambda: (
        KYCStateChange.objects.filter(
            profile__customer=Slot("customer_id", UUIDField()),
            recorded_at__lt=Slot("before", DateTimeField()),
        )
        .order_by("-recorded_at", "-id")
        .values_list(*State._fields)[:1]
    )
)


def profile_id_for_customer(customer_id: UUID) -> UUID | None:
    """Return the id of the customer's profile, or None."""
    return KYCProfile.objects.filter(customer_id=customer_id).values_list("id", flat=True).first()


def holds_pan(*, customer_id: UUID, pan: str) -> bool | None:
    """Tell whether this canonical PAN is the customer's; None when no PAN of theirs is known."""
    known = KYCProfile.objects.filter(customer_id=customer_id).values_list("pan_digest", flat=True).first()
    if known is None:
        return None
    return bytes(known) in digests(purpose="kyc_kycprofile.pan", value=pan)


def pan_is_held(pan: str) -> bool:
    """Tell whether some customer's profile holds this canonical PAN: for the program's own decisions only."""
    return KYCProfile.objects.filter(pan_digest__in=digests(purpose="kyc_kycprofile.pan", value=pan)).exists()


def status_as_of(*, profile_id: UUID, moment: datetime) -> str | None:
    """Return the state that a profile was in at a moment; None before it was opened."""
    rows = KYCStateChange.objects.filter(profile_id=profile_id, recorded_at__lte=moment)
    return rows.order_by("-recorded_at", "-id").values_list("to_status", flat=True).first()


def can_do(*, customer_id: UUID, action: CustomerAction, as_of: date | None = None) -> Permission:
    """Tell whether KYC lets a customer do something on a date in India (None: today), by which rule and why."""
    (permission,) = permissions([Asked(customer_id, action, as_of or today())])
    return permission


def standing_asked(*, customer_id: UUID) -> prepared.Asked:
    """Return the question how a customer stands today, for `permission_by` and to be asked with others."""
    return _LAST_CHANGE.about(customer_id=customer_id, before=end_of(today()))


def permission_by(answer: Answer, *, customer_id: UUID, action: CustomerAction) -> Permission:
    """Tell whether KYC lets a customer do something today, by what `standing_asked` found."""
    return permission(Asked(customer_id, action, today()), None if answer is None else State(*answer))

"""Customers and the mobile numbers that they hold and held."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import BigIntegerField, F, Func, Q, Value
from django.db.models.functions import Cast, Substr
from guardian.models import UserObjectPermissionBase

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of, sealed_together

E164 = r"^\+[1-9][0-9]{6,14}$"
FULL_NAME_LENGTH_MAX = 200


class CustomerStatus(models.TextChoices):
    """Where a customer stands."""

    ACTIVE = "ACTIVE"
    DORMANT = "DORMANT"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"


class Customer(Record):
    """A person. `mobile` is the number that finds them now; a closed customer has none."""

    full_name = models.CharField(max_length=FULL_NAME_LENGTH_MAX)
    mobile = models.CharField(max_length=16, null=True, help_text="E.164")
    email_sealed = models.BinaryField(null=True)
    email_masked = models.CharField(max_length=320, null=True)
    email_digest = models.BinaryField(null=True)
    status = models.CharField(max_length=10, choices=CustomerStatus, default=CustomerStatus.ACTIVE)
    login = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="customer"
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mobile"], name="customer_mobile_once"),
            one_of("customer_status_known", "status", CustomerStatus.values),
            models.CheckConstraint(
                name="customer_closed_has_time",
                condition=Q(status=CustomerStatus.CLOSED, closed_at__isnull=False)
                | (~Q(status=CustomerStatus.CLOSED) & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="customer_closed_has_no_mobile",
                condition=~Q(status=CustomerStatus.CLOSED) | Q(mobile__isnull=True),
            ),
            models.CheckConstraint(name="customer_mobile_e164", condition=Q(mobile__regex=E164)),
            models.CheckConstraint(
                name="customer_name_not_empty",
                condition=Q(full_name__regex=r"\S"),
            ),
            sealed_together("customer_email_sealed", "email", digested=True),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="customer_newest"),
            models.Index(fields=["full_name", "id"], name="customer_by_name"),
            models.Index(fields=["status", "-created_at", "-id"], name="customer_by_status"),
        ]


def _digits() -> Func:
    """Return an E.164 number as a range of one integer, because GiST knows ranges without any extension."""
    digits = Cast(Substr("mobile", 2), BigIntegerField())
    return Func(digits, digits, Value("[]"), function="int8range")


class MobileTenure(Record):
    """A period in which one customer held one number; the current one has no end."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="mobile_tenures")
    mobile = models.CharField(max_length=16, help_text="E.164")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="tenure_mobile_e164", condition=Q(mobile__regex=E164)),
            models.CheckConstraint(name="tenure_ends_after_start", condition=Q(until__gte=F("since"))),
            models.UniqueConstraint(
                fields=["mobile"], condition=Q(until__isnull=True), name="tenure_current_once"
            ),
            ExclusionConstraint(
                name="tenure_never_overlaps",
                expressions=[
                    (_digits(), RangeOperators.OVERLAPS),
                    (Func("since", "until", function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class CustomerUserObjectPermission(UserObjectPermissionBase):
    """That a relationship manager may view a customer: guardian's permission with a direct foreign key.

    Guardian finds the model by its field `content_object`; the statements that read join it (see `schema.rows`).
    """

    content_object = models.ForeignKey(Customer, on_delete=models.PROTECT)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False

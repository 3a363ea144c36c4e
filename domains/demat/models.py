"""Demat accounts and their holders (one to three, ranked, as the depositories have it)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from domains.kernel.clock import now
from domains.kernel.identifiers.boid import CDSL_FORM, NSDL_FORM, Depository
from domains.kernel.models import Record, one_of, plain


class DematStatus(models.TextChoices):
    """Whether an account can be dealt in."""

    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"


class DematAccount(Record):
    """An account with a depository, known by its BO ID."""

    bo_id = models.CharField(max_length=16)
    depository = models.CharField(max_length=4, choices=Depository)
    participant_name = models.CharField(max_length=200, default="", blank=True)
    status = models.CharField(max_length=10, choices=DematStatus, default=DematStatus.ACTIVE)
    opened_on = models.DateField(null=True)
    customers = models.ManyToManyField(
        "customers.Customer",
        through="DematHolder",
        through_fields=("account", "customer"),
        related_name="demat_accounts",
    )
    # Of the holders, the first one first: the database keeps it, whatever is written here.
    holder_ids = ArrayField(models.UUIDField(), default=list, db_default=[], editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bo_id"], name="demat_bo_id_once"),
            plain("demat_bo_id_plain", "bo_id"),
            one_of("demat_status_known", "status", DematStatus.values),
            models.CheckConstraint(
                name="demat_bo_id_form",
                condition=Q(depository=Depository.CDSL, bo_id__regex=f"^{CDSL_FORM}$")
                | Q(depository=Depository.NSDL, bo_id__regex=f"^{NSDL_FORM}$"),
            ),
        ]


class DematHolder(Record):
    """One customer's part in one account; rank 1 is the first holder."""

    account = models.ForeignKey(
        DematAccount, on_delete=models.PROTECT, related_name="holders", db_index=False
    )
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="demat_holdings"
    )
    rank = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "customer"], name="holder_once"),
            models.UniqueConstraint(fields=["account", "rank"], name="holder_rank_once"),
            models.CheckConstraint(name="holder_rank_one_to_three", condition=Q(rank__range=(1, 3))),
        ]

"""What every record has, and the constraints that every domain declares in the same words."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from domains.kernel.identifiers.record_id import new_id
from domains.kernel.text import PLAIN_FORM

GREATEST_AMOUNT = Decimal(10) ** 18


class Record(models.Model):
    """A row with a UUIDv7 made by the application before it is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


def one_of(name: str, field: str, values: Iterable[str]) -> models.CheckConstraint:
    """Return the constraint that `field` holds one of a closed set of words (or is null)."""
    return models.CheckConstraint(name=name, condition=Q(**{f"{field}__in": list(values)}))


def plain(name: str, field: str) -> models.CheckConstraint:
    """Return the constraint that a text is plain (see `kernel.text`), so that JSON needs no escaping of it."""
    return models.CheckConstraint(name=name, condition=Q(**{f"{field}__regex": PLAIN_FORM}))


def is_held_plain(field: "models.Field[Any, Any]") -> bool:
    """Tell whether the database holds a column to plain text."""
    held = Q(**{f"{field.name}__regex": PLAIN_FORM})
    return any(getattr(each, "condition", None) == held for each in field.model._meta.constraints)


def at_least(name: str, field: str, least: int) -> models.CheckConstraint:
    """Return the constraint that a number is finite and not below `least` (or is null).

    PostgreSQL holds NaN greater than every number, so only an upper bound keeps it out.
    """
    return models.CheckConstraint(
        name=name, condition=Q(**{f"{field}__gte": least, f"{field}__lt": GREATEST_AMOUNT})
    )


def above_zero(name: str, field: str) -> models.CheckConstraint:
    """Return the constraint that a number is finite and greater than zero (or is null)."""
    return models.CheckConstraint(
        name=name, condition=Q(**{f"{field}__gt": 0, f"{field}__lt": GREATEST_AMOUNT})
    )


def sealed_together(name: str, column: str, *, digested: bool = False) -> models.CheckConstraint:
    """Return the constraint that a sealed value's columns are all there or all null."""
    columns = [f"{column}_sealed", f"{column}_masked", *([f"{column}_digest"] if digested else [])]
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{each}__isnull": True for each in columns})
        | Q(**{f"{each}__isnull": False for each in columns}),
    )

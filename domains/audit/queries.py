"""Reading the trail."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from domains.audit.models import AuditLog, ReadShape
from domains.audit.partitions import MONTHS_AHEAD

# Whether a shape's levels hold a coordinate (any where none is given) with a decision (likewise), for oneself or
# for others.
DISCLOSES = (
    "$.*.coordinates.keyvalue() ? ($coordinate == null || @.key == $coordinate)"
    ".value[*] ? ($decision == null || @ == $decision)"
)


def entries_about(subject: UUID, *, limit: int = 100) -> list[AuditLog]:
    """Return the latest events that concern one customer, newest first."""
    return list(AuditLog.objects.filter(subjects__contains=[subject]).order_by("-id")[:limit])


def about_subjects(subjects: Any) -> QuerySet[Any]:
    """Return the keys of the events that concern all of these customers; an expression does as well."""
    return AuditLog.objects.filter(subjects__contains=subjects).values("pk")


def shapes(*, coordinate: Any = None, decision: Any = None) -> QuerySet[Any]:
    """Return the digests of what disclosed a coordinate, or anything with a decision; None is any."""
    variables = Func(
        Value("coordinate"), Cast(coordinate, TextField()), Value("decision"), Cast(decision, TextField()),
        function="jsonb_build_object",
    )  # fmt: skip
    path = Cast(Value(DISCLOSES), _JsonPath())
    found = Func(F("levels"), path, variables, function="jsonb_path_exists", output_field=BooleanField())
    return ReadShape.objects.filter(Q(found)).values("pk")


class _JsonPath(TextField):  # type: ignore[type-arg] # subscripted in stubs alone
    """PostgreSQL's type of paths into JSON."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's signature
        """Return the type's name."""
        return "jsonpath"


def levels_of(digests: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return what shapes disclose, by digest."""
    found = ReadShape.objects.filter(digest__in=digests).values_list("digest", "levels")
    return dict(found)


def partitions_ready() -> bool:
    """Tell whether this month's partition and those ahead are there; the default one takes rows meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(to_regclass('audit_auditlog_' || to_char(month, 'YYYY_MM')) IS NOT NULL) "
            "FROM (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead) AS month "
            "FROM generate_series(0, %s) AS ahead) AS months",
            [MONTHS_AHEAD - 1],  # on the first of a month the next one has yet to be made
        )
        ready: bool = cursor.fetchone()[0]
        return ready

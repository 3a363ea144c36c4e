"""Migrations lead back to an empty database, and from there up again."""

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from domains.identity.keys import create_key
from domains.kernel.actor import Actor, ActorKind
from domains.transactions.cases import open_case
from domains.transactions.models import Case, CaseKind
from tests.people import make_user

LEFT = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
BY_PREFIX = "SELECT tablename FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%pattern_ops%'"
# What Django gave an index for prefixes as well: rows that are seldom written.
SELDOM_WRITTEN = {
    "audit_readshape",
    "audit_removal",
    "auth_group",
    "django_session",
    "gateway_storeddocument",
}
FUNCTIONS = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"


def rows(statement: str, alias: str = "owner") -> set[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        return {name for (name,) in cursor.fetchall()}


def test_all_that_migrations_make_they_take_away_and_make_again(own_database: str) -> None:
    """A release that is taken back must not leave anything in the way of the next one."""
    whole = rows(LEFT), rows(FUNCTIONS)
    for app in sorted(MigrationLoader(connections["owner"]).migrated_apps):
        if app.startswith("toy"):
            continue
        call_command("migrate", app, "zero", database="owner", verbosity=0)
    assert rows(LEFT) - {name for name in whole[0] if name.startswith("toy_")} == {"django_migrations"}
    assert rows(FUNCTIONS) == set()
    call_command("migrate", database="owner", verbosity=0)
    ContentType.objects.clear_cache()  # they were numbered anew here, and not for the next test
    assert (rows(LEFT), rows(FUNCTIONS)) == whole


def test_no_request_writes_an_index_that_only_a_search_by_prefix_reads(db: None) -> None:
    """Django adds one to every text that is a key or unique; a payment would pay for each."""
    assert {name for name in rows(BY_PREFIX, "default") if not name.startswith("toy_")} <= SELDOM_WRITTEN


def test_a_case_that_a_key_took_becomes_its_owner_s(own_database: str) -> None:
    owner = make_user("night-shift", "operations")
    actor = Actor(kind=ActorKind.USER, id=owner.id, roles=frozenset({"operations"}))
    key = create_key(actor=actor, name="robot", scopes=["reconciliation:write"])
    for number, holder in enumerate((owner.id, key.id, None)):
        open_case(provider_id=None, reference=f"TX{number}", kind=CaseKind.OVERDUE)
        Case.objects.filter(reference=f"TX{number}").update(owner_id=holder)
    call_command("migrate", "transactions", "0008", database="owner", verbosity=0)
    call_command("migrate", "transactions", database="owner", verbosity=0)
    kept = Case.objects.order_by("reference").values_list("owner_id", flat=True)
    assert list(kept) == [owner.id, owner.id, None]

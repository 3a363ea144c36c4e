"""Units move in an append-only ledger; the database moves the holding and refuses every other way."""

from datetime import date
from decimal import Decimal
from io import StringIO
from uuid import UUID

import pytest
from django.db import ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domains.customers.operations import create_customer
from domains.kernel.actor import Actor
from domains.kernel.identifiers import new_id
from domains.portfolios.models import Holding, UnitEntry
from domains.portfolios.operations import open_holding, open_portfolio
from domains.portfolios.securities import list_security
from tests.domains.refusal import breaks, refuses

both_roles = pytest.mark.django_db(databases=["default", "owner"])
DAY = date(2026, 11, 23)


def entry(holding_id: UUID, units: object, reference: str, **given: object) -> UnitEntry:
    fields = {"cause": "IMPORT", "effective_on": DAY} | given
    return UnitEntry(holding_id=holding_id, units=units, source_reference=reference, **fields)


def quantity(holding_id: UUID) -> Decimal:
    return Holding.objects.get(id=holding_id).quantity


def test_an_entry_moves_its_holding(holding_id: UUID) -> None:
    entry(holding_id, Decimal("10.5"), "a").save(force_insert=True)
    entry(holding_id, Decimal("-0.000001"), "b").save(force_insert=True)
    assert quantity(holding_id) == Decimal("10.499999")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(units=st.lists(st.decimals(-1000, 1000, places=6).filter(bool), min_size=1, max_size=30))
def test_a_holding_is_the_sum_of_its_entries_or_was_refused(holding_id: UUID, units: list[Decimal]) -> None:
    before = quantity(holding_id)
    rows = [entry(holding_id, moved, str(new_id())) for moved in units]
    if before + sum(units) < 0:
        with breaks("holding_not_negative"):
            UnitEntry.objects.bulk_create(rows)
    else:
        UnitEntry.objects.bulk_create(rows)
    told = sum(UnitEntry.objects.filter(holding_id=holding_id).values_list("units", flat=True), Decimal(0))
    assert quantity(holding_id) == told


def test_one_copy_moves_many_holdings_at_once(holding_id: UUID) -> None:
    first = Holding.objects.get(id=holding_id)
    second = Holding.objects.create(portfolio=first.portfolio, security=first.security, folio="2")
    rows = "".join(
        f"{new_id()}\t{holding.id}\t{units}\tOPENING\t{number}\t\\N\t2026-11-23\t2026-11-23T00:00:00Z\n"
        for number in range(3)
        for holding, units in ((first, 2), (second, 5))
    )
    columns = [
        "id",
        "holding_id",
        "units",
        "cause",
        "source_reference",
        "price",
        "effective_on",
        "recorded_at",
    ]
    with connection.cursor() as cursor:
        cursor.copy_from(StringIO(rows), "portfolios_unitentry", columns=columns)
    assert (quantity(first.id), quantity(second.id)) == (6, 15)


@both_roles
def test_no_role_sets_a_quantity_by_hand(holding_id: UUID) -> None:
    entry(holding_id, 10, "a").save(force_insert=True)
    refuses("default", "UPDATE portfolios_holding SET quantity = 99", because="permission denied")
    holding = Holding.objects.get(id=holding_id)
    with pytest.raises(ProgrammingError), transaction.atomic():
        holding.save()
    with pytest.raises(ProgrammingError, match="units move through"), transaction.atomic():
        Holding.objects.create(portfolio=holding.portfolio, security=holding.security, folio="2", quantity=1)
    assert quantity(holding_id) == 10


def test_the_owner_does_not_set_a_quantity_by_hand_either(own_database: str, officer: Actor) -> None:
    customer_id = create_customer(actor=officer, full_name="Asha Rao", mobile="+919820012345")
    portfolio_id = open_portfolio(actor=officer, customer_id=customer_id, name="P", kind="EQUITY")
    security_id = list_security(isin="INE009A01021", name="Infosys", kind="EQUITY")
    open_holding(portfolio_id=portfolio_id, security_id=security_id)
    refuses("owner", "UPDATE portfolios_holding SET quantity = 99", because="units move through")


@both_roles
def test_a_holding_does_not_change_hands(holding_id: UUID) -> None:
    for column in ("portfolio_id", "security_id", "id"):
        refuses(
            "default",
            f"UPDATE portfolios_holding SET {column} = %s",
            str(new_id()),
            because="permission denied",
        )


@both_roles
def test_a_trigger_of_ones_own_is_no_way_round(holding_id: UUID) -> None:
    """The application may make temporary tables, and triggers on them; inside those it is still itself."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE lever (id int) ON COMMIT DROP")
        cursor.execute(
            "CREATE FUNCTION pg_temp.pull() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN UPDATE public.portfolios_holding SET quantity = 99; RETURN NEW; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER pull BEFORE INSERT ON lever FOR EACH ROW EXECUTE FUNCTION pg_temp.pull()"
        )
    refuses("default", "INSERT INTO lever VALUES (1)", because="permission denied")
    assert quantity(holding_id) == 0


@both_roles
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portfolios_unitentry SET units = 1",
        "DELETE FROM portfolios_unitentry",
        "TRUNCATE portfolios_unitentry",
    ],
)
def test_the_ledger_is_never_rewritten(statement: str) -> None:
    refuses("default", statement, because="permission denied")
    refuses("owner", statement, because="portfolios_unitentry only grows")


def test_a_movement_is_told_once(holding_id: UUID) -> None:
    entry(holding_id, 10, "a").save(force_insert=True)
    with breaks("entry_once"):
        entry(holding_id, 10, "a").save(force_insert=True)
    entry(holding_id, 10, "a", cause="SYNC").save(force_insert=True)
    assert quantity(holding_id) == 20


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"units": 0}, "entry_moves_units"),
        ({"cause": "MAGIC"}, "entry_cause_known"),
        ({"price": -1}, "entry_price_not_negative"),
    ],
)
def test_an_entry_that_can_not_be_is_refused(
    holding_id: UUID, given: dict[str, object], constraint: str
) -> None:
    with breaks(constraint):
        entry(
            holding_id, given.get("units", 1), "a", **{k: v for k, v in given.items() if k != "units"}
        ).save(force_insert=True)


def test_not_a_number_is_no_quantity(holding_id: UUID) -> None:
    """PostgreSQL's numeric takes NaN and holds it greater than every number."""
    with breaks("entry_moves_units"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO portfolios_unitentry "
            "(id, holding_id, units, cause, source_reference, effective_on, recorded_at) "
            "VALUES (%s, %s, 'NaN', 'IMPORT', 'a', now(), now())",
            [str(new_id()), str(holding_id)],
        )

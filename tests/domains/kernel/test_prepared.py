"""What the ORM compiled once answers as the ORM does, on every connection, for every value."""

import threading
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Length

from domains.audit.models import AuditLog
from domains.kernel.clock import now
from domains.kernel.identifiers import new_id
from domains.kernel.joining import joining
from domains.kernel.prepared import Question, Records, Slot, ask, store
from domains.kernel.rows import Row, changed_row, new_row, row_of
from domains.providers.models import SystemConfig
from domains.transactions.models import Subscription

VALUE = Question(
    lambda: SystemConfig.objects.filter(key=Slot("key", models.CharField())).values_list("value", "version")
)
KEPT = Records(
    lambda: (
        SystemConfig.objects.filter(key__startswith=Slot("start", models.CharField()))
        .annotate(length=Length("key"))
        .order_by("-key")
    )
)
SUM = Question(lambda: "SELECT %s::numeric + %s::numeric", ["one", "other"])


def config(key: str, value: object) -> Row:
    return new_row(SystemConfig, key=key, value=value)


def test_several_questions_are_answered_by_one_statement(db: None, django_assert_num_queries) -> None:
    store(config("a", {"most": "1|2 %s '"}), config("b", []))
    asked = (VALUE.about(key="a"), SUM.about(one=Decimal("0.10"), other=2), VALUE.about(key="none"))
    ask(*asked)
    with django_assert_num_queries(1):
        answers = ask(*asked)
    assert answers == [({"most": "1|2 %s '"}, 1), (Decimal("2.10"),), None]
    assert ask(VALUE.about(key="b")) == [([], 1)]


def test_records_are_those_of_the_orm(db: None, django_assert_num_queries) -> None:
    """Each column and annotation, in order; and they can be changed and saved like others."""
    store(config("a1", {"most": "1|2 %s"}), config("a22", 0), config("b", ["1.5"]))
    KEPT.about(start="")
    with django_assert_num_queries(1):
        found = KEPT.about(start="a")
    theirs = SystemConfig.objects.filter(key__startswith="a").annotate(length=Length("key")).order_by("-key")
    ours, theirs_told = ([vars(each) | {"_state": None} for each in them] for them in (found, theirs))
    assert ours == theirs_told
    assert [each.length for each in found] == [3, 2]  # type: ignore[attr-defined] # annotated
    assert KEPT.about(start="none") == []
    found[0].value = 7
    found[0].save(update_fields=["value"])
    assert SystemConfig.objects.get(key="a22").value == 7


def test_records_that_are_asked_for_locked_are_locked(own_database: str) -> None:
    store(config("a", 1))
    locked = Records(
        lambda: SystemConfig.objects.select_for_update().filter(key=Slot("key", models.CharField()))
    )
    free: list[bool] = []

    def look() -> None:
        free.append(SystemConfig.objects.select_for_update(skip_locked=True).filter(key="a").exists())
        connection.close()

    for within in (True, False):
        with transaction.atomic():
            if within:
                assert [each.value for each in locked.about(key="a")] == [1]
            other = threading.Thread(target=transaction.atomic(look))
            other.start()
            other.join()
    assert free == [False, True]


def test_a_new_connection_prepares_again(own_database: str) -> None:
    store(config("a", 1))
    assert ask(VALUE.about(key="a")) == [(1, 1)]
    connection.close()
    assert ask(VALUE.about(key="a")) == [(1, 1)]


def test_what_was_prepared_in_a_transaction_that_is_rolled_back_is_still_there(own_database: str) -> None:
    question = Question(lambda: "SELECT %s::int", ["number"])
    with transaction.atomic():
        ask(question.about(number=1))
        transaction.set_rollback(True)
    assert ask(question.about(number=2)) == [(2,)]


def test_a_statement_that_could_not_be_prepared_is_not_believed_to_be(own_database: str) -> None:
    wrong = Question(lambda: "SELECT nothing_of_the_kind", [])
    for _ in range(2):
        with pytest.raises(Exception, match="nothing_of_the_kind"):
            ask(wrong.about())


ENTRIES: list[dict[str, object]] = [
    {},  # all that may be left out
    {
        "roles": ["a", 'b"'],
        "subjects": [new_id()],
        "changes": [{"%s": None}],
        "disclosed": {"a": ["b"]},
        "sought_digest": b"\x00\xff",
        "address": "::1",
        "viewer_id": new_id(),
        "shape_id": None,
    },
]


@pytest.mark.parametrize("columns", ENTRIES)
def test_a_row_is_stored_as_the_record_would_store_itself(db: None, columns: dict[str, object]) -> None:
    """Arrays, JSON, bytes, addresses, nulls, and what the model or the database itself fills in."""
    given = {"event": "CHANGE", "viewer_kind": "SYSTEM", "correlation_id": "c", **columns}
    stored, saved = AuditLog(**given), AuditLog(**given)
    store(new_row(AuditLog, id=stored.id, **given))
    saved.save(force_insert=True)
    names = [f.name for f in AuditLog._meta.fields if f.name not in ("id", "recorded_at", "sought_digest")]
    one, other = (AuditLog.objects.filter(id=each.id).values(*names).get() for each in (stored, saved))
    assert one == other
    found = AuditLog.objects.get(id=stored.id)
    assert (None if found.sought_digest is None else bytes(found.sought_digest)) == stored.sought_digest
    assert found.recorded_at is not None


def test_of_a_row_only_the_columns_that_are_named_are_changed(db: None) -> None:
    """Text, numbers, JSON, times, nulls: as the record would save itself."""
    subscription = Subscription(owner_id=new_id(), url="https://a", secret_sealed=b"\x00\xff")
    store(row_of(subscription))
    found = Subscription.objects.get()
    found.secret_sealed = bytes(found.secret_sealed)
    assert vars(found) | {"_state": None} == vars(subscription) | {"_state": None}
    before, subscription.owner_id = subscription.owner_id, new_id()
    subscription.url, subscription.ended_at = "https://b '%s'", now()
    store(changed_row(subscription, "url", "ended_at"))
    found = Subscription.objects.get()
    assert (found.url, found.ended_at, found.owner_id) == (subscription.url, subscription.ended_at, before)
    subscription.ended_at = None
    store(changed_row(subscription, "ended_at", "owner_id"), config("a", {"b": None}))
    found = Subscription.objects.get()
    assert (found.ended_at, found.owner_id) == (None, subscription.owner_id)
    (kept,) = KEPT.about(start="a")
    kept.value = ["%s", {"c": 1}]
    store(changed_row(kept, "value"))
    assert SystemConfig.objects.get(key="a").value == ["%s", {"c": 1}]


def test_a_row_without_a_column_that_it_must_have_is_refused_by_the_database(db: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        store(new_row(AuditLog, event="CHANGE", viewer_kind="SYSTEM", correlation_id=None))


def test_a_row_has_no_columns_that_its_model_has_not(db: None) -> None:
    with pytest.raises(KeyError):
        new_row(SystemConfig, kye="a")


def test_of_rows_that_are_stored_together_all_are_there_or_none(db: None) -> None:
    twice = [config("a", 1), config("b", 2), config("a", 3)]
    with pytest.raises(IntegrityError), transaction.atomic():
        store(*twice)
    assert not SystemConfig.objects.filter(key__in=["a", "b"]).exists()


def test_a_row_names_the_columns_that_are_given_and_those_with_a_default(db: None) -> None:
    sql = new_row(Subscription, owner_id=new_id(), url="https://a", secret_sealed=b"").sql
    nulls = ("customer_id", "ended_at")
    assert not any(name in sql for name in nulls)
    assert sql.count("%s") == len(Subscription._meta.local_concrete_fields) - len(nulls)


def test_a_joining_operation_has_a_transaction_and_no_savepoint(own_database: str) -> None:
    seen: list[tuple[bool, int]] = []

    @joining
    def operation() -> UUID:
        seen.append((connection.in_atomic_block, len(connection.savepoint_ids)))
        return new_id()

    operation()
    with transaction.atomic():
        operation()
    assert seen == [(True, 0), (True, 0)]


def test_what_a_joining_operation_did_alone_is_rolled_back_when_it_fails(own_database: str) -> None:
    @joining
    def operation() -> None:
        store(config("a", 1))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        operation()
    assert not SystemConfig.objects.exists()


def test_a_constant_is_part_of_the_statement_whatever_is_in_it(db: None) -> None:
    key = "100 %s '%%' \\"
    store(config(key, 1))
    question = Question(
        lambda: SystemConfig.objects.filter(
            key=key, version=Slot("version", models.IntegerField())
        ).values_list("value")
    )
    assert ask(question.about(version=1), question.about(version=2)) == [(1,), None]
    assert question.compiled.slots == ("version",)

"""What the application's role may do in the database: use the tables, and nothing more."""

import pytest
from django.db import connections

from tests.domains.refusal import refuses

both_roles = pytest.mark.django_db(databases=["default", "owner"])


def rows(alias: str, statement: str) -> list[tuple[object, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_a_table_that_the_owner_makes_later_can_be_used(own_database: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY, word text)")
    with connections["default"].cursor() as cursor:
        cursor.execute("INSERT INTO later (word) VALUES ('a')")
        cursor.execute("UPDATE later SET word = 'b'")
        cursor.execute("SELECT word FROM later")
        assert cursor.fetchall() == [("b",)]
        cursor.execute("DELETE FROM later")
    refuses("default", "TRUNCATE later", because="permission denied")


@both_roles
def test_the_role_can_not_change_what_tables_there_are() -> None:
    refuses("default", "CREATE TABLE mine (id int)", because="permission denied")
    refuses("default", "DROP TABLE customers_customer", because="must be owner")
    refuses("default", "TRUNCATE customers_customer CASCADE", because="permission denied")


# What comes and goes: sessions and their tokens, allowances, jobs, assignments, roles, windows of maintenance,
# exchanges after their time, keys of idempotency, stored documents.
MAY_BE_DELETED = """
customers_customeruserobjectpermission django_session gateway_allowance gateway_idempotencykey
gateway_storeddocument identity_refreshtoken identity_session identity_throttle identity_user_groups jobs_job
providers_maintenancewindow providers_providerexchange providers_providerstate
"""
ONLY_READ = """
auth_group_permissions auth_permission django_admin_log django_content_type django_migrations
guardian_groupobjectpermission guardian_userobjectpermission identity_user_user_permissions
"""
RIGHTS = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
AND NOT relispartition AND {} ORDER BY 1
"""


@both_roles
def test_the_role_deletes_nothing_but_what_comes_and_goes() -> None:
    """A new table is granted all rights: a migration takes away what the program has no use for."""
    found = rows("default", RIGHTS.format("has_table_privilege(current_user, oid, 'DELETE')"))
    assert [name for (name,) in found if not str(name).startswith("toy_")] == MAY_BE_DELETED.split()
    refuses("default", "DELETE FROM transactions_transaction", because="permission denied")


@both_roles
def test_the_role_only_reads_what_the_owner_alone_has_to_write() -> None:
    writes = "has_any_column_privilege(current_user, oid, 'INSERT, UPDATE')"
    found = rows("default", RIGHTS.format(f"NOT {writes}"))
    assert [name for (name,) in found] == ONLY_READ.split()
    refuses("default", "INSERT INTO auth_group (name) VALUES ('emperor')", because="permission denied")
    refuses("default", "UPDATE auth_group SET name = 'administrator'", because="permission denied")


@both_roles
def test_the_role_is_no_ones_superior_and_owns_nothing() -> None:
    rights = "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles "
    assert rows("default", f"{rights} WHERE rolname = current_user") == [(False, False, False, False)]
    owned = "SELECT relname FROM pg_class WHERE relowner = current_user::regrole AND relpersistence <> 't'"
    assert rows("default", owned) == []


@both_roles
def test_functions_that_run_with_the_owners_rights_pin_their_search_path() -> None:
    definers = rows(
        "default",
        "SELECT proname, array_to_string(proconfig, ' ') FROM pg_proc WHERE prosecdef ORDER BY 1",
    )
    known = [
        "audit_make_partitions",
        "audit_tidy_subject_index",
        "demat_find_holders",
        "demat_tell_account",
        "portfolios_move_units",
    ]
    assert [name for name, _ in definers] == known
    assert all(str(config).endswith("pg_temp") for _, config in definers)

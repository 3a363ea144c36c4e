"""Migrating takes the database's owner; another role is told so in a sentence, before anything is done."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("options", [{}, {"app_label": "customers"}])
def test_a_role_that_may_not_make_tables_is_told_whom_it_takes(db: None, options: dict[str, str]) -> None:
    with pytest.raises(CommandError, match=r"may not make tables: .* DATABASE_OWNER_URL"):
        call_command("migrate", database="default", verbosity=0, **options)


def test_asking_what_is_left_to_do_takes_no_owner(db: None) -> None:
    call_command("migrate", database="default", check_unapplied=True, verbosity=0)

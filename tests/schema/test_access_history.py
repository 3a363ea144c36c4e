"""Customers are told of whatever of theirs was seen, and of nothing that they may not know to exist."""

from schema.access_history import THINGS
from schema.policy import CUSTOMER, POLICY
from schema.root import gateway


def test_every_entity_of_which_customers_see_rows_has_words_in_their_history() -> None:
    entities = gateway().planner.mapping.entities.values()
    theirs = {each.name for each in entities if each.subject is not None}
    shown = {name for name in theirs if CUSTOMER in POLICY.entity_rows.get(name, POLICY.rows)}
    assert shown == THINGS.keys()
    assert len(theirs - shown) > 3

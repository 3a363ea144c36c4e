"""Whose rows a role sees, where it is neither everyone's nor the viewer's own: what `policy` chooses from."""

from django.db.models import Q

from domains.customers.queries import customers_assigned_to
from gateway.access import Rows
from gateway.slots import viewer_slot


def _of_assigned(subject: str) -> Q:
    return Q(**{f"{subject}__in": customers_assigned_to(viewer_slot("user_id"))})


ASSIGNED = Rows("ASSIGNED", _of_assigned)
ALERTS = Rows("ALERTS", of_row=lambda: Q(event__in=("ALERT", "BREAK_GLASS")))
ONESELF = Rows("ONESELF", of_row=lambda: Q(pk=viewer_slot("user_id")))
OWNED = Rows("OWNED", of_row=lambda: Q(owner=viewer_slot("user_id")))
SUBSCRIBED = Rows("SUBSCRIBED", of_row=lambda: Q(owner_id=viewer_slot("user_id")))
DELIVERED = Rows("DELIVERED", of_row=lambda: Q(subscription__owner_id=viewer_slot("user_id")))
TRIED = Rows("TRIED", of_row=lambda: Q(delivery__subscription__owner_id=viewer_slot("user_id")))

"""Whose rows a role sees, where it is neither everyone's nor the viewer's own: what `policy` chooses from."""

from django.db.models import Q

from gateway.access import Rows
from gateway.slots import viewer_slot

ONESELF = Rows("ONESELF", of_row=lambda: Q(pk=viewer_slot("user_id")))
OWNED = Rows("OWNED", of_row=lambda: Q(owner=viewer_slot("user_id")))

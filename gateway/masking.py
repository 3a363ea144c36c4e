"""Where masking happens: a decision becomes the expression that the statement computes.

What a masked form looks like is declared on the field in `schema/`; an encrypted value carries its own. The
choice between clear and masked is made by the statement, so a masked value never leaves the database in clear.
"""

from typing import Any

from django.db.models import Case, TextField, Value, When

from gateway.access import FieldDecision
from gateway.classification import Decision


def decided(decision: FieldDecision, *, clear: Any, masked: Any, is_own: Any) -> Any:
    """Return the expression for a decision: uniform, or chosen by whether the row is the viewer's own.

    `clear` and `masked` are JSON text expressions (masked may be None: there is no masked form, so it is
    null); `is_own` is the row's condition, needed only when the decision depends on the row.
    """
    forms = {Decision.SHOW: clear, Decision.MASK: masked, Decision.HIDE: None}
    own, others = (_or_null(forms[side]) for side in (decision.own, decision.others))
    if decision.uniform or is_own is None:
        return others
    return Case(When(is_own, then=own), default=others, output_field=TextField())


def _or_null(expression: Any) -> Any:
    return Value("null", output_field=TextField()) if expression is None else expression

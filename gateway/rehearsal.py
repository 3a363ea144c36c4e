"""What a new worker does before its first request, so that nobody's request is the first of its kind.

A new session of PostgreSQL knows no table and no statement, and Python's libraries make much when they are first
used: together some hundred milliseconds. So each request thread prepares and runs the main statements on its own
connection, for viewers whom nobody knows, in a transaction that is rolled back: they see nothing, and nothing is
recorded. It presents a token of nobody's, too, and takes a point of an allowance.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from uuid import uuid4

from django.db import transaction

from gateway import tokens
from gateway.authentication import Credentials
from gateway.failures import RequestError
from gateway.pipeline import Gateway
from gateway.planning.planner import Read
from gateway.planning.runner import run
from gateway.planning.statement import Statement
from gateway.slots import Bindings
from gateway.tiers import STANDARD
from gateway.viewer import Viewer
from gateway.warming import Made

log = logging.getLogger("gateway.rehearsal")

STATEMENTS_MAX = 40  # for each connection; each holds about 200 KB in the database's process
TAKEN_BY = "rehearsal"


class _Stranger:
    """Whom a token names that is presented to nobody else."""

    token_version = 1

    def __init__(self) -> None:
        self.pk = uuid4()


def rehearse(gateway: Gateway, made: Iterable[Made], *, pause_s: float = 0.0) -> int:
    """Run the statements of plans on this thread's connection, and return how many; leave nothing behind.

    Who has time pauses after each, and takes less from those who serve meanwhile. Whatever fails stops nothing: a
    request will tell.
    """
    number = 0
    try:
        with transaction.atomic():
            for statement, bindings in _statements(made):
                run([statement], bindings)
                number += 1
                time.sleep(pause_s)
            _present_a_token(gateway)
            store, tier = gateway.rates.allowances.store, gateway.rates.tiers.by_name[STANDARD]
            store.take(f"{TAKEN_BY}:{uuid4()}", tier, at_least=1, back=0)
            transaction.set_rollback(True)
    except Exception:
        log.warning("The first requests will take longer.", exc_info=True)
    return number


def _statements(made: Iterable[Made]) -> Iterator[tuple[Statement, Bindings]]:
    seen: set[str] = set()
    for plan, variables, profile in made:
        viewer = Viewer(
            kind=profile.kind,
            id=uuid4(),
            user_id=uuid4(),
            session_id=uuid4(),
            customer_id=uuid4() if profile.is_customer else None,
            roles=profile.roles,
            purpose=TAKEN_BY,
        )
        marks = dict.fromkeys(("operation_name", "document_id", "correlation_id", "trace_id", "address"))
        for root in plan.roots:
            if isinstance(root, Read) and root.statement.name not in seen and len(seen) < STATEMENTS_MAX:
                seen.add(root.statement.name)
                yield root.statement, Bindings(variables, viewer, marks)


def _present_a_token(gateway: Gateway) -> None:
    """Let a token be signed and looked at; its user does not exist, so it is refused."""
    token = tokens.encode({**tokens.payload(_Stranger()), "sid": str(uuid4())})
    try:
        gateway.authentication.viewer(Credentials(authorization=f"Bearer {token}"), purpose="")
    except RequestError as refusal:
        if refusal.code != "UNAUTHENTICATED":
            raise

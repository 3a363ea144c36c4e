"""Mobile numbers that somebody holds: to run into one is to be told so, which is counted and kept.

Who may create customers need not be shown their numbers. Told for nothing that a number is held, they would find
out by trying what is masked for them, as fast as they can ask.
"""

from uuid import UUID

from domains.audit.events import Event
from domains.audit.operations import record
from domains.identity.queries import user_behind
from domains.identity.throttle import Allowance, take
from domains.kernel.actor import Actor
from domains.kernel.failures import Refused
from domains.vault.sealing import digest

HELD_NUMBERS = Allowance(burst=60, every_s=5)  # as look-ups by a number that is masked


class TooManyHeldNumbers(Refused):
    """They ran into so many numbers of others that it looks like searching."""

    code = "TOO_MANY_HELD_NUMBERS"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("You gave too many numbers that somebody holds. Try again later.", path=("mobile",))
        self.retry_after_s = retry_after_s


def tell_held(*, actor: Actor, mobile: str, holder_id: UUID, operation_name: str) -> None:
    """Record that an actor is told that a customer holds a canonical number; call it outside a transaction.

    The user behind a key counts, and the program itself is not counted. Raises TooManyHeldNumbers, and then it is
    not to be told.
    """
    user_id = user_behind(actor)
    if user_id is not None:
        key = digest(purpose="throttle.held_number", value=str(user_id))
        if wait_s := take(key=key, allowance=HELD_NUMBERS):
            raise TooManyHeldNumbers(wait_s)
    record(
        event=Event.REFUSAL,
        actor=actor,
        operation_name=operation_name,
        code="MOBILE_HELD",
        subjects=[holder_id],
        sought_digest=digest(purpose="lookup", value=mobile),
    )

"""The life of a transaction as data: what leads from which state to which, and what ISO 20022 calls each.

Nothing else in the program says so; `domains.transactions.moving` enforces it.
"""

from collections.abc import Mapping

from domains.transactions.models import TransactionStatus

S = TransactionStatus

# UNKNOWN leads to no new sending by itself: only PENDING does, and UNKNOWN becomes PENDING only when it is
# certain that nothing was done. Once sent it can't be cancelled, only reversed when it is settled.
MOVES: Mapping[TransactionStatus, frozenset[TransactionStatus]] = {
    S.INITIATED: frozenset({S.PROCESSING, S.PENDING, S.CANCELLED, S.REJECTED}),
    S.PENDING: frozenset({S.PROCESSING, S.CANCELLED, S.REJECTED}),
    S.PROCESSING: frozenset({S.UNKNOWN, S.SETTLED, S.REJECTED, S.PENDING}),
    S.UNKNOWN: frozenset({S.PROCESSING, S.SETTLED, S.REJECTED, S.PENDING}),
    S.SETTLED: frozenset({S.REVERSED}),
    S.REJECTED: frozenset(),
    S.CANCELLED: frozenset(),
    S.REVERSED: frozenset(),
}

ENDED = frozenset({S.SETTLED, S.REJECTED, S.CANCELLED, S.REVERSED})
NOT_DONE = frozenset({S.REJECTED, S.CANCELLED})
NOT_SENT = frozenset({S.INITIATED, S.PENDING})
HOLDS_UNITS = frozenset({S.INITIATED, S.PENDING, S.PROCESSING, S.UNKNOWN})  # of a sale that is not over

# ISO 20022 ExternalPaymentTransactionStatus1Code. A return is told by a message of its own (pacs.004), so what
# was reversed stays what it was: settled.
ISO_STATUS: Mapping[TransactionStatus, str] = {
    S.INITIATED: "RCVD",
    S.PENDING: "PDNG",
    S.PROCESSING: "ACSP",
    S.UNKNOWN: "PDNG",
    S.SETTLED: "ACSC",
    S.REJECTED: "RJCT",
    S.CANCELLED: "CANC",
    S.REVERSED: "ACSC",
}


def may_move(source: str, target: str) -> bool:
    """Tell whether a state leads to another."""
    return TransactionStatus(target) in MOVES[TransactionStatus(source)]

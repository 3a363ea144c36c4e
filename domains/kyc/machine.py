"""The life of a KYC profile as data: what leads from which state to which, and who may do it.

Nothing else in the program says so: `domains.kyc.step` enforces this table, and the diagram in `docs/kyc.md` is
drawn from it (`domains.kyc.diagram`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from domains.kyc.models import Action, KYCStatus


class Party(Enum):
    """What somebody is to a profile."""

    OWNER = "the customer"
    MANAGER = "their relationship manager"
    OFFICER = "KYC officer"
    OPERATIONS = "operations"
    PROGRAM = "the program"


BEFORE_HOLD = "BEFORE_HOLD"  # where a held profile goes back to


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table. `target` is None where the state stays."""

    action: Action
    sources: frozenset[KYCStatus]
    target: KYCStatus | str | None
    parties: frozenset[Party]
    needs_reason: bool = False


S, A = KYCStatus, Action
_FRONT = (Party.OWNER, Party.MANAGER, Party.OFFICER, Party.OPERATIONS)
_BACK = (Party.OFFICER, Party.OPERATIONS)


def _move(
    action: Action,
    sources: Iterable[KYCStatus],
    target: KYCStatus | str | None,
    parties: Iterable[Party],
    *,
    needs_reason: bool = False,
) -> Move:
    return Move(action, frozenset(sources), target, frozenset(parties), needs_reason)


# Approving and rejecting are the checker's words for what the maker proposed; nobody checks their own proposal.
MOVES: tuple[Move, ...] = (
    _move(A.OPEN, (), S.DRAFT, (*_FRONT, Party.PROGRAM)),
    _move(A.UPDATE, (S.DRAFT,), None, _FRONT),
    _move(A.UPDATE, (S.SUBMITTED, S.IN_VERIFICATION), None, _BACK),
    _move(A.ATTACH, (S.DRAFT,), None, _FRONT),
    _move(A.ATTACH, (S.SUBMITTED, S.IN_VERIFICATION), None, _BACK),
    _move(A.SUBMIT, (S.DRAFT,), S.SUBMITTED, _FRONT),
    _move(A.BEGIN, (S.SUBMITTED,), S.IN_VERIFICATION, _BACK),
    _move(A.BEGIN, (S.IN_VERIFICATION,), None, _BACK),
    _move(A.RECORD, (S.IN_VERIFICATION,), None, (Party.OFFICER,), needs_reason=True),
    _move(A.PROPOSE, (S.IN_VERIFICATION,), None, (Party.OFFICER,), needs_reason=True),
    _move(A.APPROVE, (S.IN_VERIFICATION,), S.VERIFIED, (Party.OFFICER,)),
    _move(A.REJECT, (S.IN_VERIFICATION,), S.REJECTED, (Party.OFFICER,)),
    _move(A.RETURN, (S.IN_VERIFICATION,), None, (Party.OFFICER,), needs_reason=True),
    _move(
        A.HOLD,
        (S.DRAFT, S.SUBMITTED, S.IN_VERIFICATION, S.VERIFIED, S.EXPIRED),
        S.ON_HOLD,
        _BACK,
        needs_reason=True,
    ),
    _move(A.RESUME, (S.ON_HOLD,), BEFORE_HOLD, _BACK, needs_reason=True),
    _move(A.RENEW, (S.VERIFIED, S.EXPIRED, S.REJECTED), S.DRAFT, _FRONT),
    _move(A.EXPIRE, (S.VERIFIED,), S.EXPIRED, (Party.PROGRAM,)),
)


def move_for(action: Action, status: KYCStatus | str, parties: Iterable[Party]) -> Move | None:
    """Return the move that lets one of the parties do this in this state, or None."""
    mine = frozenset(parties)
    for move in MOVES:
        if move.action is action and status in move.sources and move.parties & mine:
            return move
    return None


def parties_to(action: Action) -> frozenset[Party]:
    """Return who may do this in some state."""
    return frozenset(party for move in MOVES if move.action is action for party in move.parties)


def states_for(action: Action, parties: Iterable[Party]) -> list[KYCStatus]:
    """Return the states in which one of the parties may do this, in the order of the enum."""
    return [state for state in KYCStatus if move_for(action, state, parties) is not None]

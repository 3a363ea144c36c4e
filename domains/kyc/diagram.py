"""The state machine drawn from its table: a Mermaid diagram, and who may do what in each state."""

from domains.kyc.machine import BEFORE_HOLD, MOVES, Move, Party
from domains.kyc.models import KYCStatus

BEGIN, END = "<!-- drawn from domains/kyc/machine.py: begin -->", "<!-- end -->"


def drawn_into(text: str) -> str:
    """Return a document in Markdown with the drawing between its two marks made anew."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("The document has no place for the drawing.")
    return f"{before}{BEGIN}\n```mermaid\n{mermaid()}\n```\n\n{table()}\n{END}{after}"


def mermaid() -> str:
    """Return the diagram of the changes of state, in Mermaid's words."""
    lines = ["stateDiagram-v2"]
    for move in MOVES:
        if move.target is None:
            continue
        for source in [state.value for state in KYCStatus if state in move.sources] or ["[*]"]:
            targets = sorted(_held()) if move.target == BEFORE_HOLD else [str(move.target)]
            lines += [f"    {source} --> {target}: {move.action.lower()}" for target in targets]
    return "\n".join(lines)


def table() -> str:
    """Return a table in Markdown: each action, the states in which it is possible, where it leads, and by whom."""
    rows = ["| action | in | leads to | by | reason |", "|---|---|---|---|---|"]
    rows += [_row(move) for move in MOVES]
    return "\n".join(rows)


def _row(move: Move) -> str:
    sources = ", ".join(state.value for state in KYCStatus if state in move.sources) or "no profile"
    target = {None: "the same state", BEFORE_HOLD: "the state before the hold"}.get(move.target, move.target)
    people = ", ".join(party.value for party in Party if party in move.parties)
    reason = "required" if move.needs_reason else ""
    return f"| {move.action.lower()} | {sources} | {target} | {people} | {reason} |"


def _held() -> list[str]:
    return [state.value for move in MOVES if move.target == KYCStatus.ON_HOLD for state in move.sources]

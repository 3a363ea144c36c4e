"""Writing transactions and the history that led each to its state."""

from typing import NamedTuple

from domains.demo.accounts import Shelf
from domains.demo.dealings import CAUSES, TOLD, TOLD_CAUSE, Dealing, invent_dealing
from domains.demo.page import Page, sealed
from domains.demo.rows import DAY_MS, day, decimal, moment, record_id
from domains.kernel.identifiers import mask_bank_account

TRANSACTIONS_EACH = 20
SOURCE = "demo book"
_TABLE = "transactions_transaction"
_SPAN_MS_MAX = 1_095 * DAY_MS
_RECENT_MS = DAY_MS * 20 // 24
_INSTANT = {"UPI", "IMPS", "INTERNAL"}


def write_transactions(page: Page, *, shelf: Shelf) -> None:
    """Write twenty transactions; the nearer to the last day, the more of them."""
    for at_ms in _moments(page):
        _write(
            page,
            shelf,
            invent_dealing(random=page.random, at_ms=at_ms, last_ms=page.last_ms, held=shelf.listings),
        )


def _moments(page: Page) -> list[int]:
    ends, random = page.ends_ms, page.random.random
    # The first days are left free: trades are moved back to the latest working day.
    span = min(ends - page.person.created_ms - 4 * DAY_MS, _SPAN_MS_MAX)
    moments = [ends - int(span * random() ** 2) for _ in range(TRANSACTIONS_EACH)]
    if page.person.closed_ms is None and random() < 0.2:
        moments[0] = ends - int(_RECENT_MS * random())  # one of today, not yet through
    return moments


def _write(page: Page, shelf: Shelf, dealing: Dealing) -> None:
    pk = record_id(page.random, dealing.at_ms)
    steps = _steps(page, dealing)
    settled = next((step for step in steps if step.status == "SETTLED"), None)
    listing = dealing.listing
    page.rows.add(
        _TABLE,
        pk,
        f"TX{pk.upper()}",
        page.person.id,
        dealing.kind,
        dealing.direction,
        dealing.channel,
        steps[-1].status,
        decimal(dealing.amount, 2),
        "INR",
        shelf.account_id if listing and not listing.is_fund else None,
        page.security_ids[listing.isin] if listing else None,
        None if dealing.units is None else decimal(dealing.units, 3),
        None if dealing.price is None else decimal(dealing.price, 4),
        *sealed(_TABLE, "counterparty_account", pk, dealing.counterparty, mask_bank_account),
        dealing.narration,
        SOURCE,  # told, not made here: nobody carries out what of it is still open
        pk.upper(),
        day(settled.at_ms) if settled else None,
        settled.at if settled else None,
        str(len(steps)),
        steps[0].at,
        steps[-1].at,
        "",  # recorded, not sent: no bank's code, no merchant, no request that it came with
        "f",
        "",
    )
    _write_history(page, pk, steps, told=dealing.path == TOLD)


class _Step(NamedTuple):
    """A state and when it was entered: in milliseconds since 1970, and in ISO 8601."""

    status: str
    at_ms: int
    at: str


def _steps(page: Page, dealing: Dealing) -> list[_Step]:
    """Return the states in turn, the first at the dealing's own moment.

    Instant rails take seconds, others up to a day.
    """
    longest = min(5_000 if dealing.channel in _INSTANT else DAY_MS, page.last_ms - dealing.at_ms)
    gap = int(longest * page.random.random()) // len(dealing.path)
    moments = [dealing.at_ms + number * gap for number in range(len(dealing.path))]
    return [_Step(status, at, moment(at)) for status, at in zip(dealing.path, moments, strict=True)]


def _write_history(page: Page, pk: str, steps: list[_Step], *, told: bool) -> None:
    before = None
    for step in steps:
        page.rows.add(
            "transactions_transactionevent",
            record_id(page.random, step.at_ms),
            pk,
            before,
            step.status,
            TOLD_CAUSE if told else CAUSES[step.status],
            "SYSTEM",
            None,
            step.at,
        )
        before = step.status

"""Writing transactions and the history that led each to its state."""

from domains.demo.accounts import Shelf
from domains.demo.dealings import CAUSES, TOLD, TOLD_CAUSE, Dealing, invent_dealing
from domains.demo.page import Page, sealed
from domains.demo.rows import DAY_MS, day, decimal, moment, record_id
from domains.kernel.identifiers import mask_bank_account

TRANSACTIONS_EACH = 20
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
    span = min(ends - page.person.created_ms, _SPAN_MS_MAX)
    moments = [ends - int(span * random() ** 2) for _ in range(TRANSACTIONS_EACH)]
    if page.person.closed_ms is None and random() < 0.2:
        moments[0] = ends - int(_RECENT_MS * random())  # one of today, not yet through
    return moments


def _write(page: Page, shelf: Shelf, dealing: Dealing) -> None:
    pk = record_id(page.random, dealing.at_ms)
    steps = _steps(page, dealing)
    settled = next((at for status, at in steps if status == "SETTLED"), None)
    listing = dealing.listing
    page.rows.add(
        _TABLE,
        pk,
        f"TX{pk.replace('-', '').upper()}",
        page.person.id,
        dealing.kind,
        dealing.direction,
        dealing.channel,
        steps[-1][0],
        decimal(dealing.amount, 2),
        "INR",
        shelf.account_id if listing and not listing.is_fund else None,
        listing and page.security_ids[listing.isin],
        None if dealing.units is None else decimal(dealing.units, 3),
        None if dealing.price is None else decimal(dealing.price, 4),
        *sealed(_TABLE, "counterparty_account", pk, dealing.counterparty, mask_bank_account),
        dealing.narration,
        "",
        "",
        settled and day(settled),
        settled and moment(settled),
        str(len(steps)),
        moment(dealing.at_ms),
        moment(steps[-1][1]),
    )
    _write_history(page, pk, steps, told=dealing.path == TOLD)


def _steps(page: Page, dealing: Dealing) -> list[tuple[str, int]]:
    """Return the states with their moments; instant rails take seconds, others up to a day."""
    longest = min(5_000 if dealing.channel in _INSTANT else DAY_MS, page.last_ms - dealing.at_ms)
    gap = int(longest * page.random.random()) // len(dealing.path)
    return [(status, dealing.at_ms + number * gap) for number, status in enumerate(dealing.path)]


def _write_history(page: Page, pk: str, steps: list[tuple[str, int]], *, told: bool) -> None:
    before = None
    for status, at_ms in steps:
        page.rows.add(
            "transactions_transactionevent",
            record_id(page.random, at_ms),
            pk,
            before,
            status,
            TOLD_CAUSE if told else CAUSES[status],
            "SYSTEM",
            None,
            moment(at_ms),
        )
        before = status

"""Writing demat accounts, portfolios and holdings. Every unit comes in by an entry of the ledger."""

from dataclasses import dataclass

from domains.demo.names import CDSL_PARTICIPANTS, NSDL_PARTICIPANTS
from domains.demo.page import Page
from domains.demo.people import Person
from domains.demo.rows import DAY_MS, day, decimal, moment, record_id
from domains.demo.securities import FUNDS, LISTED, Listing
from domains.kernel.identifiers import depository_of

HOLDINGS_EACH = 10
_CLIENTS = 10**8
_STRIDE = 38_196_613  # has no factor in common with _CLIENTS, so no two accounts share a client number
_STATUS = {"CLOSED": "CLOSED", "FROZEN": "FROZEN"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a customer holds, and the demat account that listed securities lie in."""

    listings: tuple[Listing, ...]
    account_id: str


def write_accounts(page: Page) -> list[str]:
    """Write one or two demat accounts and return their ids; the first may be joint with the neighbour.

    The first customer of the book holds it jointly whenever there is a second customer.
    """
    holders = [page.person]
    joint = page.random.random() < 0.15 or page.person.index == 0
    if joint and page.neighbour and not page.person.closed_ms and not page.neighbour.closed_ms:
        holders.append(page.neighbour)
    account_ids = [_write_account(page, holders, 0)]
    if page.random.random() < 0.4:
        account_ids.append(_write_account(page, [page.person], 1))
    return account_ids


def _write_account(page: Page, holders: list[Person], number: int) -> str:
    opened = max(holder.created_ms for holder in holders) + page.random.randrange(1, 30) * DAY_MS
    code, participant = page.random.choice(page.random.choice((CDSL_PARTICIPANTS, NSDL_PARTICIPANTS)))
    bo_id = f"{code}{(page.person.index * 2 + number + 1) * _STRIDE % _CLIENTS:08d}"
    account_id = record_id(page.random, opened)
    page.rows.add(
        "demat_demataccount",
        account_id,
        bo_id,
        depository_of(bo_id).value,
        participant,
        _STATUS.get(page.person.status, "ACTIVE"),
        day(opened),
        "1",
        moment(opened),
        moment(opened),
    )
    for rank, holder in enumerate(holders, start=1):
        holder_id = record_id(page.random, opened)
        page.rows.add("demat_dematholder", holder_id, account_id, holder.id, str(rank))
    return account_id


def write_portfolios(page: Page, *, account_ids: list[str]) -> Shelf:
    """Write one or two portfolios with ten holdings in all; listed securities lie in the first account."""
    count = page.random.randrange(5, 8)
    listed = page.random.sample(LISTED, count)
    funds = page.random.sample(FUNDS, HOLDINGS_EACH - count)
    if page.random.random() < 0.6:
        _write_portfolio(page, "Equity", "EQUITY", account_ids[0], listed)
        _write_portfolio(page, "Mutual funds", "MUTUAL_FUND", None, funds)
    else:
        _write_portfolio(page, "Long term", "MIXED", account_ids[0], listed + funds)
    return Shelf(listings=(*listed, *funds), account_id=account_ids[0])


def _write_portfolio(
    page: Page, name: str, kind: str, account_id: str | None, listings: list[Listing]
) -> None:
    opened = page.person.created_ms + page.random.randrange(30, 60) * DAY_MS
    portfolio_id, at = record_id(page.random, opened), moment(opened)
    page.rows.add("portfolios_portfolio", portfolio_id, page.person.id, name, kind, account_id, "INR", at, at)
    for listing in listings:
        _write_holding(page, portfolio_id, listing, opened)


def _write_holding(page: Page, portfolio_id: str, listing: Listing, opened_ms: int) -> None:
    """Write a holding at zero and the entries that bring it to what is held on the last day.

    The opening balance is that of the last day: what was dealt before is in it. What a closed customer held
    came in when the portfolio was opened and went out on the day of closing.
    """
    random = page.random
    folio = f"{random.randrange(10**7, 10**9)}/{random.randrange(100):02d}" if listing.is_fund else ""
    units = random.randrange(5_000, 900_000) if listing.is_fund else random.randrange(1, 400) * 1_000
    cost = decimal(int(listing.price * (0.55 + 0.6 * random.random())), 4)
    holding_id, opened, ends = record_id(random, opened_ms), moment(opened_ms), moment(page.ends_ms)
    page.rows.add(
        "portfolios_holding",
        holding_id,
        portfolio_id,
        page.security_ids[listing.isin],
        folio,
        "0",
        cost,
        "INR",
        opened,
        ends,
    )
    if page.person.closed_ms is None:
        _write_entry(page, holding_id, units, "OPENING", "opening balance", cost, page.last_ms)
    else:
        _write_entry(page, holding_id, units, "OPENING", "opening balance", cost, opened_ms)
        sold = decimal(listing.price, 4)
        _write_entry(page, holding_id, -units, "SYNC", "account closed", sold, page.person.closed_ms)


def _write_entry(
    page: Page, holding_id: str, units: int, cause: str, reference: str, price: str, at_ms: int
) -> None:
    page.rows.add(
        "portfolios_unitentry",
        record_id(page.random, at_ms),
        holding_id,
        decimal(units, 3),
        cause,
        reference,
        price,
        day(at_ms),
        moment(at_ms),
    )

"""Finding or listing the securities that a statement names."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from domains.portfolios.queries import security_id_for_isin
from domains.portfolios.securities import list_security
from domains.statements.accounts import Account

_KINDS = {"equities": "EQUITY", "etf": "ETF", "mutual_funds": "MUTUAL_FUND", "sip": "MUTUAL_FUND"}


def security_for(
    *,
    isin: str,
    account: Account,
    name: str,
    symbol: str = "",
    price: Decimal | None = None,
    priced_on: date | None = None,
) -> UUID:
    """Return the id of the security of a canonical ISIN, listed with what the statement tells if it is new.

    Of one that is listed nothing is changed, not even the price: it is everyone's, and this is one customer's
    paper. A price without a day is not taken. Raises a Failure.
    """
    known = security_id_for_isin(isin)
    if known is not None:
        return known
    priced = price is not None and priced_on is not None
    return list_security(
        isin=isin,
        name=name or isin,
        kind=_KINDS[account.type],
        symbol=symbol,
        currency=account.currency,
        last_price=price if priced else None,
        priced_at=datetime.combine(priced_on, datetime.min.time(), UTC) if priced_on else None,
    )

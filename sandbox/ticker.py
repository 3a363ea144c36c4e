"""A second price source, with an interface of its own: quotes as rows, errors as numbers, all in a query.

It has a price for what `prices` has one for, from the same seed, so the two agree.
"""

from datetime import UTC, datetime

from sandbox.prices import price_of
from sandbox.world import Answered, Asked, Service


def quotes(asked: Asked) -> Answered:
    """Tell the last prices of securities."""
    symbols = [symbol for symbol in asked.query.get("symbols", "").split(",") if symbol]
    if not 0 < len(symbols) <= 500:
        return 200, {"rc": 1400, "text": "Ask for 1 to 500 symbols."}
    known = [symbol for symbol in symbols if len(symbol) == 12 and symbol[:2] != "XX"]
    if not known:
        return 200, {"rc": 1404, "text": "No such symbol."}
    moment = datetime.now(UTC).isoformat()
    return 200, {"rc": 0, "rows": [[symbol, price_of(asked, symbol), "INR", moment] for symbol in known]}


SERVICE = Service("ticker", {"GET quotes": quotes})

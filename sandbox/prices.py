"""The price source: a price for every ISIN of twelve characters that does not begin with XX."""

from datetime import UTC, datetime

from sandbox.world import Answered, Asked, Service, refusal


def last_prices(asked: Asked) -> Answered:
    """Tell the last prices of securities."""
    isins = asked.body["isins"]
    if not isinstance(isins, list) or len(isins) > 500:
        return refusal(400, "INVALID_INPUT", "Ask for at most 500 ISINs.")
    known = [isin for isin in isins if isinstance(isin, str) and len(isin) == 12 and isin[:2] != "XX"]
    if not known:
        return refusal(404, "NO_PRICES", "There is no price of any of them.")
    moment = datetime.now(UTC).isoformat()
    return 200, {
        "status": "OK",
        "prices": [
            {"isin": isin, "price": price_of(asked, isin), "currency": "INR", "as_of": moment}
            for isin in known
        ],
    }


def price_of(asked: Asked, isin: str) -> str:
    """Return the price of a security, the same for the same seed."""
    paise = asked.world.chance("price", isin).randint(1_000, 500_000)
    return f"{paise // 100}.{paise % 100:02}00"


SERVICE = Service("prices", {"POST prices": last_prices})

"""Money: an exact decimal with its currency."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from django.db import models

from domains.kernel.failures import Invalid, Path
from domains.kernel.numbers import require_exact


class Currency(models.TextChoices):
    """The currencies that accounts are held in (ISO 4217)."""

    INR = "INR"
    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"
    AED = "AED"
    AUD = "AUD"
    CAD = "CAD"
    CHF = "CHF"
    HKD = "HKD"
    JPY = "JPY"
    SGD = "SGD"


class InvalidCurrency(Invalid):
    """The code names no currency that is dealt in."""

    code = "INVALID_CURRENCY"


WHOLE_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, exact to its minor unit (ISO 4217: yen has none, others two places)."""

    amount: Decimal
    currency: Currency

    _PLACES: ClassVar[dict[str, int]] = {"JPY": 0}

    def __post_init__(self) -> None:
        places = self._PLACES.get(self.currency, 2)
        require_exact(self.amount, digits=WHOLE_DIGITS_MAX + places, places=places, path=("amount",))


def parse_currency(text: str, *, path: Path = ()) -> Currency:
    """Return the currency of an ISO 4217 code; raise InvalidCurrency when it is not dealt in."""
    try:
        return Currency(text)
    except ValueError:
        raise InvalidCurrency("This is not a currency that is dealt in here.", path=path) from None

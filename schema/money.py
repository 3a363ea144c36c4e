"""Amounts of money and the currencies that they are in."""

import strawberry

from domains.kernel.money import Currency as Currencies
from gateway.scalars import ExactDecimal

Currency = Currencies
strawberry.enum(Currency, name="Currency", description="A currency, ISO 4217.")


@strawberry.type(description="An exact amount of money with its currency.")
class Money:
    """An exact amount of money with its currency."""

    value: ExactDecimal = strawberry.field(description="The amount, as an exact decimal.")
    currency: Currency = strawberry.field(description="The currency of the amount.")

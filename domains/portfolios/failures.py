"""What can be said against an operation on portfolios, securities and holdings."""

from domains.kernel.failures import Conflict, Invalid, NotFound, Refused


class InvalidPortfolio(Invalid):
    """A name or kind that a portfolio can't have."""

    code = "INVALID_PORTFOLIO"


class InvalidSecurity(Invalid):
    """A name, symbol or kind that a security can't have."""

    code = "INVALID_SECURITY"


class InvalidEntry(Invalid):
    """Not a movement of units that the ledger can hold."""

    code = "INVALID_ENTRY"


class PortfolioNotFound(NotFound):
    """No portfolio has this id."""

    code = "PORTFOLIO_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such portfolio.", path=("portfolioId",))


class SecurityNotFound(NotFound):
    """No security has this id."""

    code = "SECURITY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such security.", path=("securityId",))


class HoldingNotFound(NotFound):
    """No holding has this id."""

    code = "HOLDING_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such holding.", path=("holdingId",))


class EntryDiffers(Conflict):
    """The ledger has an entry of this cause and reference, with other units."""

    code = "ENTRY_DIFFERS"

    def __init__(self) -> None:
        super().__init__("This movement is in the ledger with other units.", path=("sourceReference",))


class NotEnoughUnits(Refused):
    """More units would go out than are held."""

    code = "NOT_ENOUGH_UNITS"

    def __init__(self) -> None:
        super().__init__("Fewer units are held than would go out.", path=("units",))

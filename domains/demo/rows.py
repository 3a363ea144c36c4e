"""Rows on their way into the database, in the text form that COPY reads."""

from datetime import date
from functools import lru_cache
from random import Random

# In the order that foreign keys ask for. Every column without a default of the database is listed.
COLUMNS = {
    "customers_customer": "id full_name mobile email_sealed email_masked email_digest status version created_at "
    "updated_at closed_at",
    "customers_mobiletenure": "id customer_id mobile since until",
    "kyc_kycprofile": "id customer_id status risk_category pan_sealed pan_masked pan_digest aadhaar_last_four "
    "aadhaar_reference_sealed aadhaar_reference_masked date_of_birth_sealed date_of_birth_masked address_sealed "
    "address_masked pan_contested verified_at next_due_on version created_at updated_at",
    "kyc_kycstatechange": "id profile_id action to_status maker_kind maker_name checker_name reason evidence "
    "risk_category verified_at next_due_on profile_version recorded_at",
    "kyc_kyctask": "id profile_id kind state priority opened_at claimed_by_name",
    "demat_demataccount": "id bo_id depository participant_name status opened_on version created_at updated_at",
    "demat_dematholder": "id account_id customer_id rank",
    "portfolios_portfolio": "id customer_id name kind demat_account_id currency created_at updated_at",
    "portfolios_holding": "id portfolio_id security_id folio quantity average_cost currency created_at "
    "updated_at",
    "portfolios_unitentry": "id holding_id units cause source_reference price effective_on recorded_at",
    "transactions_transaction": "id reference customer_id kind direction channel status amount currency "
    "demat_account_id security_id quantity price counterparty_account_sealed counterparty_account_masked "
    "narration source source_reference value_date settled_at version created_at updated_at counterparty_ifsc "
    "to_merchant correlation_id",
    "transactions_transactionevent": "id transaction_id from_status to_status cause actor_kind actor_id "
    "recorded_at",
}

DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()
_LOW_62_BITS = (1 << 62) - 1


class Rows:
    """Rows of several tables that belong together.

    Text comes from this package's own lists, which hold neither a tabulator nor a line's end nor a backslash.
    """

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {table: [] for table in COLUMNS}

    def add(self, table: str, *values: str | None) -> None:
        """Append one row; the values stand in the order of COLUMNS."""
        self._lines[table].append("\t".join(["\\N" if value is None else value for value in values]))

    def lines(self, table: str) -> list[str]:
        """Return the table's rows, each a line without its end."""
        return self._lines[table]

    def text(self, table: str) -> str:
        """Return what COPY reads."""
        return "\n".join(self._lines[table]) + "\n"


def record_id(random: Random, moment_ms: int) -> str:
    """Return a UUIDv7 (RFC 9562) of this moment in hex; the same random source makes the same ids."""
    bits = random.getrandbits(74)
    return f"{moment_ms:012x}{7 << 12 | bits >> 62:04x}{2 << 62 | bits & _LOW_62_BITS:016x}"


def moment(moment_ms: int) -> str:
    """Return a time, given in milliseconds since 1970, in ISO 8601."""
    days, rest = divmod(moment_ms, DAY_MS)
    seconds, milliseconds = divmod(rest, 1_000)
    return f"{_date(days)}T{seconds // 3_600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}Z"


def day(moment_ms: int) -> str:
    """Return the date (UTC) of a time given in milliseconds since 1970."""
    return _date(moment_ms // DAY_MS)


@lru_cache(maxsize=50_000)
def _date(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()


def binary(value: object) -> str | None:
    """Return bytes as COPY reads them, and None as None."""
    return "\\\\x" + value.hex() if isinstance(value, bytes) else None


def decimal(number: int, places: int) -> str:
    """Return the decimal number that is so many units of its last place."""
    sign, digits = "-" if number < 0 else "", str(abs(number)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"

"""What the book refers to: securities, providers and configured values; made where they are missing."""

from datetime import UTC, datetime
from decimal import Decimal

from domains.demo.book import Book
from domains.demo.securities import FUNDS, LISTED
from domains.kernel.actor import Actor
from domains.portfolios.securities import list_security
from domains.providers.operations import configure, register_provider
from domains.providers.queries import configured

BOOK_KEY = "demo.book"

# Sandboxes on this machine: nothing answers there until someone starts one.
PROVIDERS = (
    ("sandbox-upi", "Sandbox UPI and IMPS rail", "PAYMENT_RAIL", "http://127.0.0.1:9101/", 10),
    ("sandbox-bank", "Sandbox NEFT and RTGS rail", "PAYMENT_RAIL", "http://127.0.0.1:9102/", 20),
    ("sandbox-kyc", "Sandbox KYC bureau", "KYC_BUREAU", "http://127.0.0.1:9103/", 10),
    ("sandbox-depository", "Sandbox depository", "DEPOSITORY", "http://127.0.0.1:9104/", 10),
)

CONFIGURED = (
    ("kyc.review_years", {"LOW": 10, "MEDIUM": 8, "HIGH": 2}, "Years between two verifications, by risk."),
    ("payments.upi_amount_max", {"value": "100000.00", "currency": "INR"}, "The largest UPI payment."),
    ("support.phone", "1800 000 0000", "The number that customers are told to call."),
)


def list_securities(*, book: Book) -> dict[str, str]:
    """List the securities that the book holds and return their ids by ISIN."""
    priced_at = datetime.combine(book.last_day, datetime.min.time(), UTC).replace(hour=10)
    return {
        listing.isin: str(
            list_security(
                isin=listing.isin,
                name=listing.name,
                kind=listing.kind,
                symbol=listing.symbol,
                last_price=Decimal(listing.price).scaleb(-4),
                priced_at=priced_at,
            )
        )
        for listing in (*LISTED, *FUNDS)
    }


def register_reference(*, actor: Actor) -> None:
    """Register the demo's providers and configured values; those that are there stay as they are."""
    for code, name, capability, base_url, priority in PROVIDERS:
        register_provider(
            actor=actor, code=code, name=name, capability=capability, base_url=base_url, priority=priority
        )
    for key, value, description in CONFIGURED:
        if configured(key) is None:
            configure(actor=actor, key=key, value=value, description=description)

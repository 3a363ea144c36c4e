"""What the book refers to: securities, providers and configured values; made where they are missing."""

import re
import secrets
from datetime import UTC, datetime
from decimal import Decimal

from django.conf import settings

from domains.demo.book import Book
from domains.demo.securities import FUNDS, LISTED
from domains.kernel.actor import Actor
from domains.portfolios.securities import list_security
from domains.providers.operations import change_provider, configure, register_provider
from domains.providers.queries import configured, provider_address

BOOK_KEY = "demo.book"
_IN_A_SANDBOX = re.compile(r"http://127\.0\.0\.1:[0-9]+/[a-z]+/[a-z]+/")

# Played by `manage.py sandbox` on this machine: code, name, capability, adapter, place in the sandbox, priority.
PROVIDERS = (
    ("sandbox-upi", "Sandbox UPI and IMPS rail", "PAYMENT_RAIL", "sandbox_rail", "rail/upi", 10),
    ("sandbox-bank", "Sandbox NEFT and RTGS rail", "PAYMENT_RAIL", "sandbox_rail", "rail/bank", 20),
    ("sandbox-kyc", "Sandbox KYC bureau", "KYC_BUREAU", "sandbox_bureau", "kyc/alpha", 10),
    ("sandbox-kyc-2", "Sandbox second KYC bureau", "KYC_BUREAU", "sandbox_bureau", "kyc/beta", 20),
    ("sandbox-depository", "Sandbox depository", "DEPOSITORY", "sandbox_depository", "depository/main", 10),
    ("sandbox-prices", "Sandbox price source", "PRICE_SOURCE", "sandbox_prices", "prices/main", 10),
    ("sandbox-venue", "Sandbox venue for orders", "ORDER_VENUE", "sandbox_venue", "venue/main", 10),
    ("sandbox-ticker", "Sandbox second price source", "PRICE_SOURCE", "sandbox_ticker", "ticker/main", 20),
    (
        "sandbox-aggregator", "Sandbox account aggregator", "ACCOUNT_AGGREGATOR", "sandbox_aggregator",
        "aggregator/main", 10,
    ),
)  # fmt: skip

CONFIGURED = (
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
    for code, name, capability, adapter, place, priority in PROVIDERS:
        register_provider(
            actor=actor,
            code=code,
            name=name,
            capability=capability,
            adapter=adapter,
            base_url=f"http://127.0.0.1:{settings.SANDBOX_PORT}/{place}/",
            priority=priority,
            # The sandbox takes any key; this one is nobody's secret, and is made anew all the same.
            credentials={"api_key": secrets.token_urlsafe(16)},
        )
    for key, value, description in CONFIGURED:
        if configured(key) is None:
            configure(actor=actor, key=key, value=value, description=description)


def follow_sandbox(*, actor: Actor) -> None:
    """Point the demo's providers at the sandbox of this run; those that were pointed elsewhere stay there."""
    for code, _name, _capability, _adapter, place, _priority in PROVIDERS:
        known = provider_address(code)
        wanted = f"http://127.0.0.1:{settings.SANDBOX_PORT}/{place}/"
        if known and known.base_url != wanted and _IN_A_SANDBOX.fullmatch(known.base_url):
            change_provider(
                actor=actor,
                provider_id=known.id,
                version=known.version,
                settings={"base_url": wanted},
                credentials={"api_key": secrets.token_urlsafe(16)},
            )

"""What a provider is told to do: the request of an instruction, made of a transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from domains.demat.queries import bo_id_of
from domains.portfolios.queries import folio_of, isin_of
from domains.providers.answer import ProviderRef
from domains.providers.words import Capability
from domains.transactions.models import Channel, Transaction
from domains.vault.sealing import open_sealed

_BY_ORDER = (Channel.EXCHANGE, Channel.DEPOSITORY)


def capability_of(carried: Transaction) -> Capability:
    """Return what a provider must be able to do to carry a transaction out."""
    return Capability.ORDER_VENUE if carried.channel in _BY_ORDER else Capability.PAYMENT_RAIL


def instruction(carried: Transaction, *, provider: ProviderRef, expires_at: datetime) -> Mapping[str, Any]:
    """Return the request: amounts as text, times in ISO 8601; the account in clear, for the call alone."""
    request: dict[str, Any] = {
        "reference": carried.reference,
        "kind": carried.kind,
        "channel": carried.channel,
        "amount": str(carried.amount),
        "currency": carried.currency,
        "expires_at": expires_at.isoformat(),
        "notify_url": f"{settings.PROVIDER_NOTICES_URL}/{provider.code}",
    }
    if carried.reverses_id is not None:
        original = Transaction.objects.values_list("reference", flat=True).get(id=carried.reverses_id)
        return request | {"returns": original}
    if capability_of(carried) is Capability.ORDER_VENUE:
        return request | _order(carried)
    to = _opened(carried)
    return request | (
        {"vpa": to} if carried.channel == Channel.UPI else {"account": to, "ifsc": carried.counterparty_ifsc}
    )


def _order(carried: Transaction) -> dict[str, Any]:
    assert carried.security_id is not None
    assert carried.holding_id is not None
    return {
        "isin": isin_of(carried.security_id),
        "quantity": "" if carried.quantity is None else str(carried.quantity),
        "price": "" if carried.price is None else str(carried.price),
        "bo_id": bo_id_of(carried.demat_account_id) if carried.demat_account_id else "",
        "folio": folio_of(carried.holding_id),
    }


def _opened(carried: Transaction) -> str:
    assert carried.counterparty_account_sealed is not None
    return open_sealed(
        table_column="transactions_transaction.counterparty_account",
        pk=carried.id,
        sealed=carried.counterparty_account_sealed,
    )

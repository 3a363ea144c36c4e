"""The payment rails, and the venue where orders for securities and funds are placed.

What is sent is taken once by its reference. UPI, IMPS and orders settle at once, NEFT and RTGS after a moment.
Otherwise the input tells: an account that begins with `0000` does not exist, a UPI address that begins with
`closed` is closed, an amount that ends in `.13` is not covered, one that ends in `.77` is pending for a while,
a quantity of 13 is refused. What came too late (`expires_at`) is refused and never done.
"""

import csv
import io
import time
from datetime import UTC, datetime
from decimal import Decimal

from sandbox.ledger import WINDOW_S, Entry, Ledger
from sandbox.world import Answered, Asked, Service, refusal

PENDING_S = {"NEFT": 1.0, "RTGS": 1.0}
SLOW_S = 2.0
NET_ASSET_VALUE = Decimal("25.00")


def take(asked: Asked) -> Answered:
    """Take a payment, a return of one, or an order; or answer what became of it when it was sent before."""
    body, moment = asked.body, time.time()
    reference, amount = str(body["reference"]), Decimal(str(body["amount"]))
    if asked.idempotency_key != reference:
        return refusal(400, "INVALID_INPUT", "The idempotency key is the reference.")
    if moment > datetime.fromisoformat(str(body["expires_at"])).timestamp():
        return refusal(400, "EXPIRED", "It came after its time.")
    hidden_s = WINDOW_S / 2 if asked.fault == "not_found_then_settled" else 0.0
    entry, new = _ledger(asked).take(
        Entry(
            reference=reference,
            particulars={
                name: body.get(name) for name in ("kind", "channel", "amount", "currency", "isin", "quantity")
            },
            provider_reference=f"SB{asked.world.chance(asked.instance, reference).getrandbits(48):012X}",
            reason=_reason(asked, amount),
            received_at=moment,
            settles_at=moment + hidden_s + _takes_s(asked, amount),
            known_at=moment + hidden_s,
            settled=_settled(asked, amount),
        )
    )
    if Decimal(str(entry.particulars["amount"])) != amount:
        return refusal(409, "DIFFERS", "This reference was sent with another amount.")
    if new and body.get("notify_url"):
        _announce(asked, entry)
    return 200, told(entry)


def status(asked: Asked) -> Answered:
    """Tell what became of a reference; null while nothing is known of it."""
    entry = _ledger(asked).find(asked.rest)
    return 200, {"status": "OK", "payment": None if entry is None else told(entry)}


def settlement_file(asked: Asked) -> Answered:
    """Give everything that was settled, as CSV in a field of the answer."""
    file, moment = io.StringIO(), time.time()
    writer = csv.writer(file)
    writer.writerow(["reference", "provider_reference", "status", "amount", "currency", "settled_at"])
    for entry in _ledger(asked).all():
        if entry.status(moment) == "SETTLED":
            settled_at = datetime.fromtimestamp(entry.settles_at, UTC).isoformat()
            writer.writerow([
                entry.reference, entry.provider_reference, "SETTLED", entry.settled["amount"],
                entry.particulars["currency"], settled_at,
            ])  # fmt: skip
    return 200, {"status": "OK", "csv": file.getvalue()}


def told(entry: Entry) -> dict[str, object]:
    """Return what the interface says of an entry."""
    state = entry.status(time.time())
    return {
        "status": state,
        "reason": entry.reason,
        "reference": entry.reference,
        "provider_reference": entry.provider_reference,
        **entry.settled,
    }


def _ledger(asked: Asked) -> Ledger:
    return asked.world.ledger(asked.instance)


def _reason(asked: Asked, amount: Decimal) -> str:
    to = str(asked.body.get("account") or asked.body.get("vpa") or "")
    if to.startswith("0000"):
        return "NO_SUCH_ACCOUNT"
    if to.startswith("closed"):
        return "ACCOUNT_CLOSED"
    if amount % 1 == Decimal("0.13"):
        return "NOT_COVERED"
    return "ORDER_REFUSED" if str(asked.body.get("quantity") or "0").split(".")[0] == "13" else ""


def _takes_s(asked: Asked, amount: Decimal) -> float:
    if amount % 1 == Decimal("0.77"):
        return SLOW_S
    return PENDING_S.get(str(asked.body.get("channel")), 0.0)


def _settled(asked: Asked, amount: Decimal) -> dict[str, str]:
    """Return what is settled: of a purchase of a fund's units, as many as the amount buys."""
    settled = {"amount": str(amount)}
    if asked.body.get("kind") == "PURCHASE":
        units = (amount / NET_ASSET_VALUE).quantize(Decimal("0.0001"))
        return settled | {"units": str(units), "price": str(NET_ASSET_VALUE)}
    if asked.body.get("quantity"):
        return settled | {"units": str(asked.body["quantity"]), "price": str(asked.body.get("price") or "")}
    return settled


def _announce(asked: Asked, entry: Entry) -> None:
    """Send notices: that it is pending, and what became of it."""
    if asked.fault in ("webhook_missing", "mute"):
        return
    wait_s = max(0.0, entry.settles_at - time.time())
    final = {**told(entry), "status": "REJECTED" if entry.reason else "SETTLED"}
    notices = [(0.05, {**final, "status": "PENDING"}), (wait_s + 0.1, final)]
    if asked.fault == "webhook_out_of_order":
        notices = [(wait_s + 0.1, final), (wait_s + 0.4, {**final, "status": "PENDING"})]
    if asked.fault == "webhook_duplicated":
        notices = [*notices, (wait_s + 0.2, final)]
    for after_s, body in notices:
        asked.world.notifier.send(
            after_s=after_s,
            url=str(asked.body["notify_url"]),
            body=body,
            event_id=f"{asked.instance}/{entry.reference}/{body['status']}".replace("/", "-"),
            secret=asked.api_key,
            genuine=asked.fault != "webhook_wrong_signature",
        )


ROUTES = {"POST payments": take, "GET payments/*": status, "GET settlements": settlement_file}
RAIL = Service("rail", ROUTES)
VENUE = Service("venue", ROUTES)

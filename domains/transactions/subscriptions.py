"""Telling subscribers of changes of state: signed as Standard Webhooks have it, again until it is taken.

What is to be told is stored in the transaction of the change itself. A message is thin (ids and states): what
else there is, the subscriber asks for with their own rights. Whether the subscription's owner may still be told
is asked at each delivery.
"""

import base64
import json
import random
import secrets
import time
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import connection, transaction
from django.db.models import Q, UUIDField
from standardwebhooks import Webhook

from domains.audit.events import Event
from domains.audit.operations import Change, record, record_change
from domains.customers.queries import customer_id_for_login
from domains.identity.queries import user_for_token
from domains.jobs.engine import Job, promise
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Invalid, NotAllowed, NotFound, Refused
from domains.kernel.identifiers import new_id
from domains.kernel.prepared import Answer, Asked, Question, Slot, store
from domains.kernel.rows import Row, new_row
from domains.providers.client import NoAnswer, Timeouts, exchange
from domains.transactions.models import (
    Delivery,
    DeliveryState,
    DeliveryTry,
    Subscription,
    TransactionEvent,
    TransactionStatus,
)
from domains.transactions.states import ISO_STATUS
from domains.vault.sealing import open_sealed, seal

DELIVER = "transactions.deliver"
OF_EVERYBODY = frozenset({"operations", "administrator"})
PAUSES_S = (5, 30, 120, 600, 1_800, 7_200, 21_600)  # then it is given up, after nine hours
TIMEOUTS = Timeouts(connect_ms=2_000, read_ms=5_000, total_ms=8_000)
SUBSCRIPTIONS_MAX = 10  # of one owner
URL_LENGTH_MAX = 2_000
_SUBSCRIBERS = Question(
    lambda: (
        Subscription.objects.filter(
            Q(customer_id=None) | Q(customer_id=Slot("customer_id", UUIDField())), active=True
        )
        .values("active")
        .annotate(ids=ArrayAgg("id"))
        .values_list("ids")
    )
)


class InvalidSubscription(Invalid):
    """Not an address that can be told."""

    code = "INVALID_SUBSCRIPTION"


class TooManySubscriptions(Refused):
    """The owner has as many as they may have."""

    code = "TOO_MANY_SUBSCRIPTIONS"

    def __init__(self) -> None:
        super().__init__(f"There are at most {SUBSCRIPTIONS_MAX} subscriptions of one user.")


class SubscriberUnknown(NotAllowed):
    """The actor is no user whose rights can be asked for later."""

    code = "SUBSCRIBER_UNKNOWN"


class SubscriptionNotFound(NotFound):
    """There is no such subscription of the actor's."""

    code = "SUBSCRIPTION_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such subscription.", path=("id",))


class DeliveryNotFound(NotFound):
    """There is no such delivery of the actor's."""

    code = "DELIVERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such delivery.", path=("id",))


@transaction.atomic
def subscribe(*, actor: Actor, url: str) -> tuple[UUID, str]:
    """Tell an address of changes from now on; return the subscription's id and the secret, shown this once.

    Operations are told of everybody's transactions, a customer of their own. Raises InvalidSubscription,
    SubscriberUnknown or TooManySubscriptions.
    """
    if actor.kind != "USER" or actor.id is None:
        raise SubscriberUnknown("Only a user who is signed in can subscribe.")
    customer_id = None if actor.roles & OF_EVERYBODY else actor.customer_id
    if customer_id is None and not actor.roles & OF_EVERYBODY:
        raise SubscriberUnknown("There is nobody whose transactions could be told.")
    _require_address(url)
    _in_turn(actor.id)
    if Subscription.objects.filter(owner_id=actor.id, active=True).count() >= SUBSCRIPTIONS_MAX:
        raise TooManySubscriptions
    key, secret = new_id(), "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    sealed = seal(table_column="transactions_subscription.secret", pk=key, value=secret)
    Subscription(id=key, owner_id=actor.id, customer_id=customer_id, url=url, secret_sealed=sealed).save(
        force_insert=True
    )
    _tell(actor, "subscribe", key, "active", None, True)
    return key, secret


@transaction.atomic
def unsubscribe(*, actor: Actor, subscription_id: UUID) -> UUID:
    """End a subscription of the actor's and return its id; raise SubscriptionNotFound."""
    found = Subscription.objects.select_for_update().filter(id=subscription_id).first()
    if found is None or found.owner_id != actor.id:
        raise SubscriptionNotFound
    if found.active:
        _end(found, actor, "unsubscribe")
    return found.id


@transaction.atomic
def end_subscriptions(*, actor: Actor, owner_id: UUID) -> None:
    """End all subscriptions of a user, as when somebody else may have made them with the user's password."""
    _in_turn(owner_id)
    for found in Subscription.objects.select_for_update().filter(owner_id=owner_id, active=True):
        _end(found, actor, "end_subscriptions")


@transaction.atomic
def replay(*, actor: Actor, delivery_id: UUID) -> UUID:
    """Tell an event once more, whatever became of it, and return the delivery's id; raise DeliveryNotFound."""
    found = Delivery.objects.select_for_update(of=("self",)).select_related(
        "subscription", "event__transaction"
    )
    delivery = found.filter(id=delivery_id, subscription__active=True).first()
    if delivery is None or not (actor.roles & OF_EVERYBODY or delivery.subscription.owner_id == actor.id):
        raise DeliveryNotFound
    before = delivery.state
    delivery.state, delivery.tries, delivery.next_at = DeliveryState.WAITING, 0, now()
    delivery.save(update_fields=["state", "tries", "next_at"])
    _deliver_soon(delivery)
    change = Change("transactions_delivery", delivery.id, "state", before, delivery.state, in_clear=True)
    subjects = [delivery.event.transaction.customer_id]
    record_change(actor=actor, operation_name="replay", subjects=subjects, changes=[change])
    return delivery.id


def subscribers_asked(customer_id: UUID) -> Asked:
    """Return the question who is told of a customer's transactions; the row holds the subscriptions' ids."""
    return _SUBSCRIBERS.about(customer_id=customer_id)


def tell_subscribers(event_id: UUID, found: Answer) -> None:
    """Promise to tell those whom `subscribers_asked` found of a stored event, in the transaction of the change.

    One statement for each: their number must not make a new one to prepare.
    """
    for subscription_id in found[0] if found else ():
        new, moment = new_id(), now()
        row = new_row(Delivery, id=new, subscription_id=subscription_id, event_id=event_id, next_at=moment)
        store(row, _delivery_promise(new, moment))


def deliver(job: Job) -> None:
    """Tell a subscriber of one event, and plan the next try if it is not taken."""
    found = Delivery.objects.select_related("subscription", "event__transaction")
    delivery = found.filter(id=UUID(str(job.payload["delivery_id"])), state=DeliveryState.WAITING).first()
    if delivery is None:
        return
    if not _may_be_told(delivery.subscription):
        Delivery.objects.filter(id=delivery.id).update(state=DeliveryState.FAILED, next_at=None)
        return
    begun = time.monotonic()
    status, failure = _send(delivery)
    _record(delivery, status, failure, latency_ms=int((time.monotonic() - begun) * 1000))


def message(event: TransactionEvent) -> dict[str, object]:
    """Return what is told: ids and states."""
    return {
        "type": "transaction.status",
        "timestamp": event.recorded_at.isoformat(),
        "data": {
            "transaction": f"Transaction:{event.transaction_id}",
            "event": f"TransactionEvent:{event.id}",
            "from": event.from_status,
            "to": event.to_status,
            "isoStatus": ISO_STATUS[TransactionStatus(event.to_status)],
        },
    }


def _send(delivery: Delivery) -> tuple[int | None, str]:
    subscription, body = delivery.subscription, json.dumps(message(delivery.event))
    secret = open_sealed(
        table_column="transactions_subscription.secret", pk=subscription.id, sealed=subscription.secret_sealed
    )
    moment, message_id = now(), f"msg_{delivery.event_id.hex}"
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body),
    }
    deadline = time.monotonic() + TIMEOUTS.total_ms / 1000
    try:
        raw = exchange(
            method="POST", url=subscription.url, headers=headers, content=body.encode(), timeouts=TIMEOUTS,
            deadline=deadline,
        )  # fmt: skip
    except NoAnswer as none:
        return None, none.code
    return raw.status, ""


@transaction.atomic
def _record(sent: Delivery, status: int | None, failure: str, *, latency_ms: int) -> None:
    delivery = Delivery.objects.select_for_update().get(id=sent.id)
    number = DeliveryTry.objects.filter(delivery=delivery).count() + 1
    DeliveryTry(
        delivery=delivery, number=number, http_status=status, failure=failure, latency_ms=latency_ms
    ).save(force_insert=True)
    delivery.tries, delivery.next_at = delivery.tries + 1, None
    if status is not None and 200 <= status < 300:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now()
    elif delivery.tries > len(PAUSES_S):
        delivery.state = DeliveryState.FAILED
    else:
        pause_s = PAUSES_S[delivery.tries - 1] * (0.8 + random.random() * 0.4)  # noqa: S311  spreads calls only
        delivery.next_at = now() + timedelta(seconds=pause_s)
        _deliver_soon(delivery)
    delivery.save(update_fields=["tries", "next_at", "state", "delivered_at"])


def _deliver_soon(delivery: Delivery) -> None:
    store(_delivery_promise(delivery.id, delivery.next_at))


def _delivery_promise(delivery_id: UUID, run_at: datetime | None) -> Row:
    key = str(delivery_id)
    return promise(kind=DELIVER, key=key, payload={"delivery_id": key}, run_at=run_at)


def _may_be_told(subscription: Subscription) -> bool:
    owner = user_for_token(subject=subscription.owner_id)
    if not subscription.active or owner is None or not owner.is_active:
        return False
    if subscription.customer_id is None:
        return bool(owner.roles & OF_EVERYBODY)
    return customer_id_for_login(owner.id) == subscription.customer_id


def _in_turn(owner_id: UUID) -> None:
    """Wait until nobody else makes or ends subscriptions of this owner; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('subscriptions'), hashtext(%s))", [str(owner_id)]
        )


def _end(ended: Subscription, actor: Actor, operation_name: str) -> None:
    ended.active, ended.ended_at = False, now()
    ended.save(update_fields=["active", "ended_at"])
    _tell(actor, operation_name, ended.id, "active", True, False)


def _require_address(url: str) -> None:
    schemes = ["https"] if settings.PRODUCTION else ["http", "https"]
    try:
        if len(url) > URL_LENGTH_MAX or "@" in url.partition("//")[2].partition("/")[0]:
            raise ValidationError("")
        URLValidator(schemes=schemes)(url)
    except ValidationError:
        raise InvalidSubscription(
            f"This is not an address of {' or '.join(schemes)}, without a password in it.", path=("url",)
        ) from None


def _tell(actor: Actor, operation_name: str, key: UUID, field: str, before: object, after: object) -> None:
    change = Change("transactions_subscription", key, field, before, after, in_clear=True)
    record(event=Event.CONFIG, actor=actor, operation_name=operation_name, changes=[change])

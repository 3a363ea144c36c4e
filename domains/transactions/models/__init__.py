"""The tables of transactions, by what they tell."""

from domains.providers.words import Outcome as Outcome
from domains.transactions.models.cases import Case as Case
from domains.transactions.models.cases import CaseKind as CaseKind
from domains.transactions.models.history import Attempt as Attempt
from domains.transactions.models.history import TransactionEvent as TransactionEvent
from domains.transactions.models.notices import NoticeState as NoticeState
from domains.transactions.models.notices import ProviderNotice as ProviderNotice
from domains.transactions.models.reconciliations import Reconciliation as Reconciliation
from domains.transactions.models.subscriptions import Delivery as Delivery
from domains.transactions.models.subscriptions import DeliveryState as DeliveryState
from domains.transactions.models.subscriptions import DeliveryTry as DeliveryTry
from domains.transactions.models.subscriptions import Subscription as Subscription
from domains.transactions.models.transaction import Channel as Channel
from domains.transactions.models.transaction import Direction as Direction
from domains.transactions.models.transaction import NextAction as NextAction
from domains.transactions.models.transaction import Transaction as Transaction
from domains.transactions.models.transaction import TransactionKind as TransactionKind
from domains.transactions.models.transaction import TransactionStatus as TransactionStatus

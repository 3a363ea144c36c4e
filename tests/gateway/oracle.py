"""The oracle: graphql-core's own execution over the schema as it is printed, with naive resolvers over the models.

It shares no code with `gateway.planning`: the schema comes back from its SDL without any resolver of its own,
rows come from `Model.objects.all()`, and filtering, ordering, paging and formatting are plain Python. It answers
for a viewer who sees everything in clear. What a cursor is can't be told from outside, so the oracle writes
`Cursor(context, payload)` as a text, and `sees_the_same` opens ours to compare.
"""

import datetime
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Model
from graphql import (
    ExecutionResult,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    print_schema,
)

from domains.audit.models import AuditLog
from domains.customers.models import Customer, MobileTenure
from domains.demat.models import DematAccount, DematHolder
from domains.identity.models import ApiKey, User
from domains.jobs.models import Job
from domains.kyc.models import (
    KYCDecision,
    KYCDocument,
    KYCEvidence,
    KYCNotice,
    KYCProfile,
    KYCReviewCase,
    KYCStateChange,
    KYCTask,
)
from domains.portfolios.models import Holding, Portfolio, Security, UnitEntry
from domains.providers.models import (
    MaintenanceWindow,
    Provider,
    ProviderExchange,
    ProviderVersion,
    SystemConfig,
    SystemConfigVersion,
)
from domains.transactions.models import (
    Attempt,
    Case,
    Delivery,
    DeliveryTry,
    ProviderNotice,
    Reconciliation,
    Subscription,
    Transaction,
    TransactionEvent,
)
from domains.vault.sealing import InvalidToken, open_sealed, open_token

MODELS: dict[str, type[Model]] = {
    model.__name__: model
    for model in (
        AuditLog, Customer, MobileTenure, DematAccount, DematHolder, ApiKey, User, KYCProfile,
        KYCStateChange, KYCEvidence, KYCDecision, KYCReviewCase, KYCNotice, KYCTask, KYCDocument,
        Holding, Portfolio,
        Security, UnitEntry, Provider, ProviderVersion, MaintenanceWindow, ProviderExchange, SystemConfig,
        SystemConfigVersion, Attempt, Job, Case, ProviderNotice, Reconciliation, Subscription, Delivery,
        DeliveryTry, Transaction, TransactionEvent,
    )
}  # fmt: skip

# Coordinate of a connection -> the type of its rows, and the order when none is asked for.
CONNECTIONS: dict[str, tuple[str, str]] = {
    "Query.customers": ("Customer", "-created_at"),
    "Query.kycProfiles": ("KYCProfile", "-created_at"),
    "Query.kycReviewCases": ("KYCReviewCase", "-opened_at"),
    "Query.kycTasks": ("KYCTask", "opened_at"),
    "KYCProfile.tasks": ("KYCTask", "-opened_at"),
    "KYCProfile.documents": ("KYCDocument", "-uploaded_at"),
    "KYCProfile.history": ("KYCStateChange", "recorded_at"),
    "KYCProfile.evidence": ("KYCEvidence", "-obtained_at"),
    "KYCProfile.decisions": ("KYCDecision", "-proposed_at"),
    "KYCProfile.notices": ("KYCNotice", "issued_at"),
    "Query.dematAccounts": ("DematAccount", "-created_at"),
    "Query.securities": ("Security", "name"),
    "Query.portfolios": ("Portfolio", "-created_at"),
    "Query.holdings": ("Holding", "-created_at"),
    "Query.transactions": ("Transaction", "-created_at"),
    "Query.providers": ("Provider", "priority"),
    "Query.providerExchanges": ("ProviderExchange", "-sent_at"),
    "Provider.versions": ("ProviderVersion", "-version"),
    "Provider.maintenanceWindows": ("MaintenanceWindow", "-starts_at"),
    "Provider.exchanges": ("ProviderExchange", "-sent_at"),
    "Query.systemConfigs": ("SystemConfig", "key"),
    "SystemConfig.versions": ("SystemConfigVersion", "-version"),
    "Query.users": ("User", "username"),
    "Query.apiKeys": ("ApiKey", "-created_at"),
    "Query.auditLogs": ("AuditLog", "-id"),
    "Query.jobs": ("Job", "-created_at"),
    "Query.cases": ("Case", "-opened_at"),
    "Query.subscriptions": ("Subscription", "-created_at"),
    "Query.deliveries": ("Delivery", "-created_at"),
    "Subscription.deliveries": ("Delivery", "-created_at"),
    "Delivery.log": ("DeliveryTry", "number"),
    "Query.reconciliations": ("Reconciliation", "-finished_at"),
    "Query.providerNotices": ("ProviderNotice", "-received_at"),
    "Customer.dematAccounts": ("DematAccount", "created_at"),
    "Customer.portfolios": ("Portfolio", "created_at"),
    "Customer.transactions": ("Transaction", "-created_at"),
    "Customer.mobileTenures": ("MobileTenure", "-since"),
    "DematAccount.holders": ("DematHolder", "rank"),
    "DematAccount.portfolios": ("Portfolio", "created_at"),
    "DematAccount.transactions": ("Transaction", "-created_at"),
    "Portfolio.holdings": ("Holding", "created_at"),
    "Holding.entries": ("UnitEntry", "-recorded_at"),
    "Transaction.reversals": ("Transaction", "created_at"),
    "Transaction.cases": ("Case", "-opened_at"),
    "Transaction.events": ("TransactionEvent", "recorded_at"),
    "Transaction.attempts": ("Attempt", "number"),
    "User.apiKeys": ("ApiKey", "-created_at"),
}

# What a domain computes in Python has no second computation here: the domain's own tests prove it.
NOT_ASKED = {
    "Customer.canDo",
    "Customer.accessHistory",
    "AuditLog.levels",
    "KYCProfile.checksMissing",
    "KYCProfile.checksUnderWay",
    "KYCProfile.documentsMissing",
    "KYCTask.ageHours",
    "Case.ageHours",
    "KYCDocument.link",
}

# The column of the child that names its parent, by coordinate.
PARENTS = {
    "Customer.portfolios": "customer_id",
    "Customer.transactions": "customer_id",
    "Customer.mobileTenures": "customer_id",
    "KYCProfile.history": "profile_id",
    "KYCProfile.evidence": "profile_id",
    "KYCProfile.decisions": "profile_id",
    "KYCProfile.notices": "profile_id",
    "KYCProfile.tasks": "profile_id",
    "KYCProfile.documents": "profile_id",
    "DematAccount.holders": "account_id",
    "DematAccount.portfolios": "demat_account_id",
    "DematAccount.transactions": "demat_account_id",
    "Portfolio.holdings": "portfolio_id",
    "Holding.entries": "holding_id",
    "Transaction.reversals": "reverses_id",
    "Transaction.cases": "transaction_id",
    "Subscription.deliveries": "subscription_id",
    "Delivery.log": "delivery_id",
    "Transaction.events": "transaction_id",
    "Transaction.attempts": "transaction_id",
    "User.apiKeys": "owner_id",
    "Provider.versions": "provider_id",
    "Provider.maintenanceWindows": "provider_id",
    "Provider.exchanges": "provider_id",
    "SystemConfig.versions": "config_id",
}

LOOKUPS: dict[str, tuple[str, str]] = {  # root field -> type, column; the one argument is the key
    "customer": ("Customer", "mobile"),
    "dematAccount": ("DematAccount", "bo_id"),
    "security": ("Security", "isin"),
    "transaction": ("Transaction", "reference"),
    "provider": ("Provider", "code"),
    "systemConfig": ("SystemConfig", "key"),
    "user": ("User", "username"),
}

SEALED = {
    "Customer.email": "customers_customer.email",
    "KYCProfile.pan": "kyc_kycprofile.pan",
    "KYCProfile.aadhaarReference": "kyc_kycprofile.aadhaar_reference",
    "KYCProfile.dateOfBirth": "kyc_kycprofile.date_of_birth",
    "KYCProfile.address": "kyc_kycprofile.address",
    "KYCProfile.bankAccount": "kyc_kycprofile.bank_account",
    "Transaction.counterpartyAccount": "transactions_transaction.counterparty_account",
}

FILTERED = {  # field of a filter -> what it looks at, where that is not the column of the same name
    "KYCTaskFilter.riskCategory": lambda book, row: book.one("KYCProfile", row.profile_id).risk_category,
    "HoldingFilter.isin": lambda book, row: book.one("Security", row.security_id).isin,
    "HoldingFilter.securityKind": lambda book, row: book.one("Security", row.security_id).kind,
}


@dataclass(frozen=True)
class Cursor:
    """The place of a row in an order: what a sealed cursor must hold."""

    context: str
    payload: tuple[Any, str]

    def text(self) -> str:
        return f"\x00cursor\x00{self.context}\x00{json.dumps(self.payload)}"


class Book:
    """The rows of every table, read once and indexed by key."""

    def __init__(self) -> None:
        self.tables = {name: {row.pk: row for row in model.objects.all()} for name, model in MODELS.items()}

    def rows(self, name: str) -> list[Any]:
        return list(self.tables[name].values())

    def one(self, name: str, key: UUID | None) -> Any:
        return self.tables[name].get(key)

    def first(self, name: str, column: str, value: Any) -> Any:
        return next((row for row in self.rows(name) if getattr(row, column) == value), None)


class Oracle:
    """Answers operations; `rows_answered` counts the rows that its answers showed."""

    def __init__(self, schema: GraphQLSchema, book: Book) -> None:
        self.schema, self.book = build_schema(print_schema(schema)), book
        self.rows_answered = 0
        self.persons: set[UUID] = set()  # whose rows were shown

    def answer(
        self, text: str, variables: Mapping[str, Any], operation_name: str | None = None
    ) -> ExecutionResult:
        return execute_sync(
            self.schema,
            parse(text),
            variable_values=dict(variables),
            operation_name=operation_name,
            field_resolver=self._resolve,
            type_resolver=lambda value, *_: type(value).__name__,
        )

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        coordinate = f"{info.parent_type.name}.{info.field_name}"
        if isinstance(source, Mapping):  # a connection, one of its parts, or an amount of money
            value = source[info.field_name]
            if info.field_name == "nodes":
                return [self._counted(row) for row in value]
            return self._counted(value) if info.field_name == "node" else value
        if coordinate in CONNECTIONS:
            return self._connection(coordinate, source, arguments)
        if source is None:
            return self._counted(self._root(info.field_name, arguments))
        if coordinate in SEALED:
            return opened(source, SEALED[coordinate])
        if coordinate in COMPUTED:
            return COMPUTED[coordinate](self.book, source)
        if info.field_name == "id":
            return f"{info.parent_type.name}:{source.pk}"
        name = snake(info.field_name)
        if coordinate in TO_ONE:
            return self._counted(TO_ONE[coordinate](self.book, source))
        return written(getattr(source, name))

    def _counted(self, row: Any) -> Any:
        if row is not None:
            self.rows_answered += 1
            self.persons |= PERSONS.get(type(row).__name__, lambda *_: set())(self.book, row)
        return row

    def _root(self, name: str, arguments: dict[str, Any]) -> Any:
        if name == "node":
            kind, _, key = str(arguments["id"]).partition(":")
            try:
                return self.book.one(kind, UUID(key)) if kind in MODELS else None
            except ValueError:
                return None
        kind, column = LOOKUPS[name]
        (value,) = arguments.values()
        if name == "customer" and not value.startswith("+"):
            value = f"+91{value}"
        return self.book.first(kind, column, value)

    def _connection(self, coordinate: str, parent: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        kind, order = CONNECTIONS[coordinate]
        rows = self._related(coordinate, kind, parent)
        if (condition := arguments.get("filter")) is not None:
            rows = [row for row in rows if self._holds(f"{kind}Filter", condition, row)]
        column, descending = order.lstrip("-"), order.startswith("-")
        if (asked := arguments.get("orderBy")) is not None:
            column, descending = asked["field"].lower(), asked["direction"] == "DESC"

        def place(row: Any) -> tuple[Any, bytes]:
            return getattr(row, column), row.pk.bytes

        rows.sort(key=place, reverse=descending)
        total, after = len(rows), arguments.get("after")
        context = f"{kind}:{column}:{'desc' if descending else 'asc'}"
        if after is not None:
            behind = self._opened_place(kind, column, context, after)
            rows = [row for row in rows if (place(row) < behind if descending else place(row) > behind)]
        size = 20 if arguments.get("first") is None else arguments["first"]
        page = rows[:size]
        cursors = [Cursor(context, (written(getattr(row, column)), str(row.pk))).text() for row in page]
        return {
            "nodes": page,
            "edges": [{"cursor": cursor, "node": row} for cursor, row in zip(cursors, page, strict=True)],
            "totalCount": total,
            "pageInfo": {
                "hasNextPage": len(rows) > len(page),
                "hasPreviousPage": after is not None,
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
        }

    def _related(self, coordinate: str, kind: str, parent: Any) -> list[Any]:
        if parent is None:
            return self.book.rows(kind)
        if coordinate == "Customer.dematAccounts":
            held = {row.account_id for row in self.book.rows("DematHolder") if row.customer_id == parent.pk}
            return [row for row in self.book.rows(kind) if row.pk in held]
        return [row for row in self.book.rows(kind) if getattr(row, PARENTS[coordinate]) == parent.pk]

    def _opened_place(self, kind: str, column: str, context: str, token: str) -> tuple[Any, bytes]:
        """Return the place that one of our cursors holds, typed like the column."""
        value, key = json.loads(open_token(context=context, token=token))
        python: Any = MODELS[kind]._meta.get_field(column).to_python(value)
        return python, UUID(key).bytes

    def _holds(self, filter_name: str, condition: dict[str, Any], row: Any) -> bool:
        for name, value in condition.items():
            if value is None:
                continue
            if name == "and":
                holds = all(self._holds(filter_name, item, row) for item in value)
            elif name == "or":
                holds = any(self._holds(filter_name, item, row) for item in value)
            elif name == "not":
                holds = not self._holds(filter_name, value, row)
            else:
                look = FILTERED.get(f"{filter_name}.{name}")
                found = look(self.book, row) if look else getattr(row, snake(name))
                holds = all(
                    CONDITIONS[test](found, typed(asked, found))
                    for test, asked in value.items()
                    if asked is not None
                )
            if not holds:
                return False
        return True


def upper(text: str) -> str:
    """Return the text in capitals as PostgreSQL writes them: letter by letter."""
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in text)


CONDITIONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, asked: found is not None and found == asked,
    "in": lambda found, asked: found is not None and found in asked,
    "startsWith": lambda found, asked: found is not None and upper(found).startswith(upper(asked)),
    "gt": lambda found, asked: found is not None and found > asked,
    "gte": lambda found, asked: found is not None and found >= asked,
    "lt": lambda found, asked: found is not None and found < asked,
    "lte": lambda found, asked: found is not None and found <= asked,
}


def typed(asked: Any, found: Any) -> Any:
    """Return a filter's value (custom scalars arrive as they were written) as what it is compared with."""
    if isinstance(found, Decimal):
        return Decimal(str(asked))
    if isinstance(found, datetime.datetime):
        return datetime.datetime.fromisoformat(asked)
    if isinstance(found, datetime.date):
        return datetime.date.fromisoformat(asked)
    return asked


def written(value: Any) -> Any:
    """Return a value as the answer's JSON has it."""
    if isinstance(value, datetime.datetime):
        text = value.astimezone(datetime.UTC).isoformat()
        return text.replace("+00:00", "").rstrip("0") + "+00:00" if value.microsecond else text
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list):
        return [written(item) for item in value]
    return value


def opened(row: Any, place: str) -> str | None:
    sealed = getattr(row, f"{place.partition('.')[2]}_sealed")
    return None if sealed is None else open_sealed(table_column=place, pk=row.pk, sealed=sealed)


@cache
def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def market_value(book: Book, holding: Any) -> str | None:
    price = book.one("Security", holding.security_id).last_price
    if price is None:
        return None
    with localcontext(prec=60):
        return format((holding.quantity * price).quantize(Decimal("0.01"), ROUND_HALF_UP), "f")


def reference(kind: str, column: str) -> Callable[[Book, Any], Any]:
    return lambda book, row: book.one(kind, getattr(row, column))


TO_ONE: dict[str, Callable[[Book, Any], Any]] = {
    "Customer.kycProfile": lambda book, row: book.first("KYCProfile", "customer_id", row.pk),
    "MobileTenure.customer": reference("Customer", "customer_id"),
    "KYCProfile.customer": reference("Customer", "customer_id"),
    "KYCStateChange.profile": reference("KYCProfile", "profile_id"),
    "KYCEvidence.profile": reference("KYCProfile", "profile_id"),
    "KYCDecision.profile": reference("KYCProfile", "profile_id"),
    "KYCDocument.profile": reference("KYCProfile", "profile_id"),
    "KYCTask.profile": reference("KYCProfile", "profile_id"),
    "KYCNotice.profile": reference("KYCProfile", "profile_id"),
    "KYCReviewCase.claimant": reference("KYCProfile", "claimant_id"),
    "KYCReviewCase.holder": reference("KYCProfile", "holder_id"),
    "DematHolder.customer": reference("Customer", "customer_id"),
    "DematHolder.account": reference("DematAccount", "account_id"),
    "Portfolio.customer": reference("Customer", "customer_id"),
    "Portfolio.dematAccount": reference("DematAccount", "demat_account_id"),
    "Holding.security": reference("Security", "security_id"),
    "Holding.portfolio": reference("Portfolio", "portfolio_id"),
    "UnitEntry.holding": reference("Holding", "holding_id"),
    "Transaction.customer": reference("Customer", "customer_id"),
    "Transaction.dematAccount": reference("DematAccount", "demat_account_id"),
    "Transaction.security": reference("Security", "security_id"),
    "Transaction.reverses": reference("Transaction", "reverses_id"),
    "Delivery.event": reference("TransactionEvent", "event_id"),
    "Case.provider": reference("Provider", "provider_id"),
    "Case.transaction": reference("Transaction", "transaction_id"),
    "Reconciliation.provider": reference("Provider", "provider_id"),
    "ProviderNotice.provider": reference("Provider", "provider_id"),
    "TransactionEvent.transaction": reference("Transaction", "transaction_id"),
    "Attempt.exchange": reference("ProviderExchange", "exchange_id"),
    "Attempt.provider": reference("Provider", "provider_id"),
    "ProviderExchange.provider": reference("Provider", "provider_id"),
    "Attempt.transaction": reference("Transaction", "transaction_id"),
    "ApiKey.owner": reference("User", "owner_id"),
}


def state(column: str) -> Callable[[Book, Any], Any]:
    """Return what reads a column of a provider's state, None if it was never called."""
    return lambda _, row: written(getattr(row.state, column)) if hasattr(row, "state") else None


ISO_STATUS = {
    "INITIATED": "RCVD", "PENDING": "PDNG", "PROCESSING": "ACSP", "UNKNOWN": "PDNG", "SETTLED": "ACSC",
    "REJECTED": "RJCT", "CANCELLED": "CANC", "REVERSED": "ACSC",
}  # fmt: skip
INDIA = datetime.timezone(datetime.timedelta(hours=5, minutes=30))


def owed(_: Book, row: Any) -> str:
    if row.must_end_by is None:
        return "0.00"
    days = (row.ended_at.astimezone(INDIA).date() - row.must_end_by).days
    return f"{100 * max(0, days)}.00"


def shown_name(user: Any) -> str:
    return str(user.display_name or user.username)


COMPUTED: dict[str, Callable[[Book, Any], Any]] = {
    "User.roles": lambda _, row: sorted(group.name for group in row.groups.all()),
    "KYCProfile.aadhaar": lambda _, row: row.aadhaar_last_four and f"XXXX XXXX {row.aadhaar_last_four}",
    "KYCTask.riskCategory": lambda book, row: book.one("KYCProfile", row.profile_id).risk_category,
    "KYCStateChange.evidence": lambda _, row: [f"KYCEvidence:{each}" for each in row.evidence],
    "KYCDecision.evidence": lambda _, row: [f"KYCEvidence:{each}" for each in row.evidence],
    "KYCEvidence.check": lambda _, row: row.check_kind,
    "Holding.isin": lambda book, row: book.one("Security", row.security_id).isin,
    "Holding.symbol": lambda book, row: book.one("Security", row.security_id).symbol,
    "Holding.lastPrice": lambda book, row: written(book.one("Security", row.security_id).last_price),
    "Holding.marketValue": market_value,
    "Transaction.amount": lambda _, row: {"value": written(row.amount), "currency": row.currency},
    "Transaction.isoStatus": lambda _, row: ISO_STATUS[row.status],
    "Transaction.compensation": owed,
    "Case.ownerName": lambda book, row: row.owner_id and shown_name(book.one("User", row.owner_id)),
    "Attempt.isoMeaning": lambda _, row: (row.iso_code and "Account number is invalid or missing.") or None,
    "AuditLog.shape": lambda _, row: row.shape_id,
    "Provider.credentials": lambda _, row: row.credentials_masked,
    **{
        f"Provider.{camel}": state(column)
        for camel, column in (
            ("breaker", "breaker"),
            ("breakerChangedAt", "breaker_changed_at"),
            ("checkedAt", "checked_at"),
            ("checkPassed", "check_passed"),
            ("checkCode", "check_code"),
            ("checkLatencyMs", "check_latency_ms"),
        )
    },
    # The book's exchanges are of long ago.
    "Provider.recentCalls": lambda *_: 0,
    **{
        f"Provider.recent{name}": lambda *_: None
        for name in ("GoodPercent", "LatencyP50Ms", "LatencyP95Ms", "LatencyP99Ms")
    },
}


def holders(book: Book, account: Any) -> set[UUID]:
    return {row.customer_id for row in book.rows("DematHolder") if row.account_id == account.pk}


def of_customer(_: Book, row: Any) -> set[UUID]:
    return {row.customer_id}


def of_transaction(book: Book, row: Any) -> set[UUID]:
    return {book.one("Transaction", row.transaction_id).customer_id}


def of_profile(book: Book, row: Any) -> set[UUID]:
    return {book.one("KYCProfile", row.profile_id).customer_id}


def of_portfolio(book: Book, holding: Any) -> set[UUID]:
    return {book.one("Portfolio", holding.portfolio_id).customer_id}


# Whose data a row is; what is not named is nobody's.
PERSONS: dict[str, Callable[[Book, Any], set[UUID]]] = {
    "Customer": lambda _, row: {row.pk},
    "KYCProfile": of_customer,
    "KYCStateChange": of_profile,
    "KYCEvidence": of_profile,
    "KYCDecision": of_profile,
    "KYCNotice": of_profile,
    "KYCTask": of_profile,
    "KYCDocument": of_profile,
    "KYCReviewCase": lambda book, row: {book.one("KYCProfile", row.claimant_id).customer_id},
    "MobileTenure": of_customer,
    "DematHolder": of_customer,
    "Portfolio": of_customer,
    "Transaction": of_customer,
    "DematAccount": holders,
    "Holding": of_portfolio,
    "UnitEntry": lambda book, row: of_portfolio(book, book.one("Holding", row.holding_id)),
    "TransactionEvent": of_transaction,
    "Attempt": of_transaction,
}


def differences(ours: Any, oracles: Any, path: str = "data") -> Iterable[str]:
    """Yield each place where two answers differ, in order of keys too; cursors are opened."""
    if isinstance(oracles, dict) and isinstance(ours, dict):
        if list(ours) != list(oracles):
            yield f"{path}: keys {list(ours)} instead of {list(oracles)}"
            return
        for key, item in oracles.items():
            yield from differences(ours[key], item, f"{path}.{key}")
    elif isinstance(oracles, list) and isinstance(ours, list):
        if len(ours) != len(oracles):
            yield f"{path}: {len(ours)} items instead of {len(oracles)}"
        for number, (mine, theirs) in enumerate(zip(ours, oracles, strict=False)):
            yield from differences(mine, theirs, f"{path}[{number}]")
    elif isinstance(oracles, str) and oracles.startswith("\x00cursor\x00") and isinstance(ours, str):
        _, _, context, payload = oracles.split("\x00")
        try:
            held = open_token(context=context, token=ours)
        except InvalidToken:
            yield f"{path}: the cursor does not open for {context}"
            return
        if json.loads(held) != json.loads(payload):
            yield f"{path}: a cursor at {held!r} instead of {payload}"
    elif type(ours) is not type(oracles) or ours != oracles:
        yield f"{path}: {ours!r} instead of {oracles!r}"

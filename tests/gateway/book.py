"""A small book in which everything is invented and nothing is random: every state, and null wherever it may be.

Keys and times are fixed, so that a failing operation fails again. Texts hold what breaks careless assembly of
JSON or SQL: quotes, backslashes, wildcards, control characters, letters of several scripts.
"""

import datetime
from decimal import Decimal
from itertools import cycle
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group

from domains.audit.models import AuditLog, Event
from domains.customers.models import Customer, CustomerStatus, MobileTenure
from domains.demat.models import DematAccount, DematHolder, DematStatus
from domains.identity.models import ApiKey, User
from domains.jobs.models import Job, JobState
from domains.kernel.actor import ActorKind
from domains.kernel.money import Currency
from domains.kyc.models import (
    KYCDecision,
    KYCDocument,
    KYCEvidence,
    KYCNotice,
    KYCProfile,
    KYCReviewCase,
    KYCStateChange,
    KYCStatus,
    KYCTask,
    RiskCategory,
)
from domains.portfolios.models import (
    EntryCause,
    Holding,
    Portfolio,
    PortfolioKind,
    Security,
    SecurityKind,
    UnitEntry,
)
from domains.providers.models import (
    Capability,
    MaintenanceWindow,
    Provider,
    ProviderExchange,
    ProviderState,
    ProviderVersion,
    SystemConfig,
    SystemConfigVersion,
)
from domains.providers.words import Breaker
from domains.transactions.models import (
    Attempt,
    Case,
    CaseKind,
    Channel,
    Delivery,
    DeliveryState,
    DeliveryTry,
    Direction,
    NextAction,
    NoticeState,
    Outcome,
    ProviderNotice,
    Reconciliation,
    Subscription,
    Transaction,
    TransactionEvent,
    TransactionKind,
    TransactionStatus,
)
from domains.vault.sealing import seal, sealed_columns

START = datetime.datetime(2026, 1, 5, 9, 30, tzinfo=datetime.UTC)

NAMES = [
    "Asha Rao",
    'Vikram "Vicky" Shah',
    "O'Brien \\ Söhne",
    "अनिता देसाई",
    "100%_sure; DROP TABLE customers; --",
    "Zoë 👩‍👩‍👧 Ünal",
    "tab\there, line\nthere",
    "mark \x01 0:[] \x01 and \x7f",
    "</script>\u2028${x} {0} %s %(y)s",
    "asha rao",
    "Éric École",
    "{}[],:",
]


def ident(kind: int, number: int) -> UUID:
    """Return the fixed key of the record `number` of a kind, of the form of a UUIDv7."""
    return UUID(f"01900000-{kind:04x}-7000-8000-{number:012x}")


def moment(number: int) -> datetime.datetime:
    """Return a time: two of four are the same, and fractions have every length."""
    fraction = (0, 0, 123456, 120000, 0, 0, 1, 500000)[number % 8]
    return START + datetime.timedelta(hours=number // 4 * 7, microseconds=fraction)


def sealed(model: Any, pk: UUID, column: str, value: str | None, *, digested: bool = False) -> dict[str, Any]:
    """Return the columns of a sealed value of a row."""
    table = model._meta.db_table
    return sealed_columns(
        table=table, column=column, pk=pk, value=value, mask=lambda text: f"•••{text[-2:]}", digested=digested
    )


def write_book() -> None:
    """Write the whole book."""
    write_principals()
    write_registry()
    write_customers()
    write_profiles()
    write_histories()
    write_accounts()
    write_holdings()
    write_transactions()
    write_cases()
    write_subscriptions()
    write_jobs()
    write_trail()


def write_principals() -> None:
    for number, (active, login) in enumerate([(True, moment(9)), (False, None), (True, None)]):
        user = User.objects.create(
            id=ident(1, number),
            username=f"user{number}",
            password="!",
            display_name=NAMES[number] if number else "",
            is_active=active,
            last_login=login,
            date_joined=moment(number),
        )
        user.groups.set(Group.objects.filter(name__in=[("customer", "auditor"), (), ("operations",)][number]))
    for number in range(5):
        ApiKey.objects.create(
            id=ident(2, number),
            name=NAMES[number],
            prefix=f"bk_{number}",
            key_digest=bytes([number]) * 32,
            owner_id=ident(1, number % 2),
            scopes=[[], ["read", 'odd "scope", with {braces}']][number % 2],
            allowed_networks=[["10.0.0.0/8"], []][number % 2],
            expires_at=moment(50 + number) if number % 3 else None,
            revoked_at=moment(40) if number == 2 else None,
            last_used_at=moment(30) if number == 4 else None,
            created_at=moment(number),
        )


def write_registry() -> None:
    for number, capability in enumerate([*Capability, Capability.PAYMENT_RAIL]):
        Provider.objects.create(
            id=ident(3, number),
            code=f"provider_{number}",
            name=NAMES[number],
            capability=capability,
            base_url=f"https://p{number}.example/?a=1&b=2",
            enabled=number % 3 != 2,
            priority=(100, 10, 100, -1, 10, 100, 20)[number],
            created_at=moment(number),
            updated_at=moment(number + 1),
        )
    for number in range(9):
        provider, made_by = ident(3, number % 3), list(ActorKind)[number % 4]
        ProviderVersion.objects.create(
            id=ident(20, number), provider_id=provider, version=number + 1, cause=NAMES[number],
            settings={"name": NAMES[number], "retry_codes": ["A", 'b"c'], "rate": None}, changed_at=moment(number),
            changed_by_kind=made_by, changed_by=ident(1, 0) if number % 2 else None,
        )  # fmt: skip
        MaintenanceWindow.objects.create(
            id=ident(21, number), provider_id=provider, starts_at=moment(number), ends_at=moment(number + 9),
            reason=NAMES[number],
        )  # fmt: skip
        ProviderExchange.objects.create(
            id=ident(22, number), provider_id=provider, action="verify_pan", attempt=number % 3 + 1,
            correlation_id=f"c-{number % 2}", outcome=list(Outcome)[number % 5], code="OK",
            raw_code=NAMES[number], fault=number % 2 == 0, http_status=200 if number % 3 else None,
            request={"pan": "****"}, answer=None if number % 3 == 0 else {"status": "OK", "list": [1, None]},
            sent_at=moment(number), answered_at=moment(number + 1), latency_ms=number,
        )  # fmt: skip
    for number in range(3):
        ProviderState.objects.create(
            provider_id=ident(3, number), breaker=list(Breaker)[number], breaker_changed_at=moment(number),
            checked_at=moment(number) if number else None, check_passed=(None, True, False)[number],
            check_code=("", "OK", 'x"y')[number], check_latency_ms=(None, 5, 0)[number],
        )  # fmt: skip
    for number in range(3):
        SystemConfig.objects.create(
            id=ident(4, number),
            key=f"limits.key{number}",
            value={"n": number},
            description=NAMES[number + 4] if number else "",
            updated_at=moment(number),
        )
        SystemConfigVersion.objects.create(
            id=ident(23, number), config_id=ident(4, number), version=1, cause="x", value=[number, "é", None],
            changed_at=moment(number), changed_by_kind=ActorKind.SYSTEM,
        )  # fmt: skip
    for number, kind in enumerate([*SecurityKind, SecurityKind.EQUITY]):
        Security.objects.create(
            id=ident(5, number),
            isin=f"INE00{number}A0102{number}",
            symbol=("", "INFY", "TCS&", "A'B", "", "infy")[number],
            name=NAMES[(number * 3) % 12],
            kind=kind,
            last_price=(None, Decimal("1500.25"), Decimal("0"), Decimal("0.0001"), Decimal("99999999999999.9999"),
                        Decimal("10.005"))[number],
            currency=list(Currency)[number],
            priced_at=moment(number) if number % 2 else None,
        )  # fmt: skip


def write_customers() -> None:
    statuses = cycle(CustomerStatus)
    for number, name in enumerate(NAMES):
        pk, status = ident(6, number), next(statuses)
        closed = status is CustomerStatus.CLOSED
        email = None if number % 4 == 2 else f"person{number}@exämple.org"
        Customer.objects.create(
            id=pk,
            full_name=name,
            mobile=None if closed else f"+9198200{number:05d}",
            status=status,
            login_id=ident(1, 0) if number == 0 else None,
            version=number + 1,
            created_at=moment(number),
            updated_at=moment(number + 3),
            closed_at=moment(number + 3) if closed else None,
            **sealed(Customer, pk, "email", email, digested=True),
        )
        if not closed:
            since = moment(number + 10)
            MobileTenure.objects.create(
                id=ident(7, number), customer_id=pk, mobile=f"+9198200{number:05d}", since=since
            )
    for number, holder in enumerate([0, 4, 1]):  # a number that went from hand to hand, none holds it now
        MobileTenure.objects.create(
            id=ident(7, 100 + number),
            customer_id=ident(6, holder),
            mobile="+919810000001",
            since=START - datetime.timedelta(days=300 - 100 * number),
            until=START - datetime.timedelta(days=200 - 100 * number),
        )


def write_profiles() -> None:
    for number in range(10):
        pk = ident(8, number)
        full = number % 3 != 1
        KYCProfile.objects.create(
            id=pk,
            customer_id=ident(6, number),
            status=list(KYCStatus)[number % len(KYCStatus)],
            risk_category=list(RiskCategory)[number % 3],
            aadhaar_last_four=f"{number:04d}" if full else None,
            verified_at=moment(number + 20) if full else None,
            next_due_on=datetime.date(2027, 1 + number, 28) if number % 2 else None,
            version=number + 1,
            created_at=moment(number),
            updated_at=moment(60 - number),
            **sealed(KYCProfile, pk, "pan", f"ABCPE{number:04d}F" if full else None, digested=True),
            **sealed(KYCProfile, pk, "aadhaar_reference", f"ref{number}" if number % 2 else None),
            **sealed(KYCProfile, pk, "date_of_birth", f"19{70 + number}-02-0{number or 1}" if full else None),
            **sealed(KYCProfile, pk, "address", NAMES[number] + ", Pune" if full else None),
        )


def write_histories() -> None:
    for number in range(24):
        profile_id, risk = ident(8, number % 7), list(RiskCategory)[number % 3]
        KYCStateChange.objects.create(
            id=ident(20, number),
            profile_id=profile_id,
            action=["OPEN", "SUBMIT", "BEGIN", "HOLD"][number % 4],
            from_status=list(KYCStatus)[number % 5] if number % 4 else None,
            to_status=list(KYCStatus)[number % 7],
            maker_kind="USER" if number % 2 else "SYSTEM",
            maker_name=NAMES[number % 10] if number % 2 else "",
            reason=NAMES[number % 10],
            evidence=[ident(21, number)] * (number % 3),
            risk_category=risk,
            verified_at=moment(number) if number % 2 else None,
            next_due_on=datetime.date(2028, 2, 28) if number % 3 else None,
            profile_version=number + 1,
            recorded_at=moment(number // 2),
        )
        KYCEvidence.objects.create(
            id=ident(21, number),
            profile_id=profile_id,
            check_kind=["PAN", "NAME_MATCH", "SCREENING"][number % 3],
            finding=["PASSED", "DOUBTFUL", "FAILED"][number % 3],
            confidence=[None, "0.5", "0.975"][number % 3],
            code="MATCHED" if number % 2 else "",
            provider_code="" if number % 4 == 3 else "bureau",
            recorded_by=ident(23, 0) if number % 4 == 3 else None,
            recorded_by_name=NAMES[number % 10] if number % 4 == 3 else "",
            reference="Branch file 7" if number % 4 == 3 else "",
            note=NAMES[number % 10] if number % 4 == 3 else "",
            about_digest=b"digest",
            obtained_at=moment(number // 3),
        )
        KYCDecision.objects.create(
            id=ident(22, number),
            profile_id=profile_id,
            verdict=["APPROVE", "REJECT"][number % 2],
            risk_category=risk,
            reason=NAMES[number % 10],
            maker_id=ident(23, 0),
            proposed_at=moment(number // 4),
            outcome="RETURNED",
            checker_id=ident(23, 1),
            checker_name=NAMES[number % 10],
            checked_at=moment(number),
        )
        KYCNotice.objects.create(
            id=ident(25, number),
            profile_id=profile_id,
            due_on=datetime.date(2027, 2, 28),
            days=number - 10,
            channel=["LETTER", "EMAIL", "SMS"][number % 3],
            rule="RBI-KYC-2016-38",
            issued_at=moment(number // 2),
        )
    for number in range(8):
        KYCTask.objects.create(
            id=ident(26, number),
            profile_id=ident(8, number // 2),
            kind=["VERIFY", "CHECK", "REVIEW"][number % 3],
            state=["WAITING", "CLAIMED", "DONE"][number % 3],
            priority=number % 3 + 1,
            opened_at=moment(number // 2),
            claimed_by=ident(23, 0) if number % 3 == 1 else None,
            claimed_by_name=NAMES[number] if number % 3 == 1 else "",
            claimed_at=moment(number) if number % 3 == 1 else None,
            done_at=moment(number) if number % 3 == 2 else None,
        )
        KYCDocument.objects.create(
            id=ident(27, number),
            profile_id=ident(8, number // 3),
            kind=["PAN_CARD", "PASSPORT", "OTHER"][number % 3],
            content_type=["PDF", "JPEG", "PNG"][number % 3],
            size_bytes=1_000 + number,
            content_digest=bytes([number]),
            key_sealed=seal(table_column="kyc_kycdocument.key", pk=ident(27, number), value="no key"),
            content=b"",
            uploaded_at=moment(number // 2),
        )
    for number in range(4):
        KYCReviewCase.objects.create(
            id=ident(24, number),
            claimant_id=ident(8, number),
            holder_id=ident(8, number + 1),
            opened_at=moment(number // 2),
            resolution="HOLDERS" if number % 2 else None,
            resolved_at=moment(number) if number % 2 else None,
            note=NAMES[number] if number % 2 else "",
        )


def write_accounts() -> None:
    holders = [[0], [0, 1], [2, 0, 1], [3], [4], [5, 6]]
    for number, held_by in enumerate(holders):
        nsdl = number % 2
        DematAccount.objects.create(
            id=ident(9, number),
            bo_id=f"IN{300000 + number}{number:08d}" if nsdl else f"12010900{number:08d}",
            depository="NSDL" if nsdl else "CDSL",
            participant_name=NAMES[number + 3] if number else "",
            status=list(DematStatus)[number % 3],
            opened_on=datetime.date(2020, 2, 29) if number % 2 else None,
            created_at=moment(number // 2),
            updated_at=moment(number + 5),
        )
        for rank, customer in enumerate(held_by, start=1):
            DematHolder.objects.create(
                id=ident(10, number * 10 + rank),
                account_id=ident(9, number),
                customer_id=ident(6, customer),
                rank=rank,
            )


def write_holdings() -> None:
    for number in range(15):
        Portfolio.objects.create(
            id=ident(11, number),
            customer_id=ident(6, (0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 0, 8, 9, 2)[number]),
            name=f"{NAMES[number % 12]} {number}",
            kind=list(PortfolioKind)[number % 3],
            demat_account_id=ident(9, number % 6) if number % 2 else None,
            currency=list(Currency)[number % 4],
            created_at=moment(number),
            updated_at=moment(number + 2),
        )
    for number in range(40):
        pk = ident(12, number)
        Holding.objects.create(
            id=pk,
            portfolio_id=ident(11, (number * number) % 14),
            security_id=ident(5, number % 6),
            folio=f"F{number}" if number % 4 else f'"{number}\\',
            average_cost=Decimal("12.5") * number if number % 3 else None,
            currency=list(Currency)[number % 3],
            created_at=moment(number),
            updated_at=moment(number + 1),
        )
        for entry in range(number % 4):
            UnitEntry.objects.create(
                id=ident(13, number * 10 + entry),
                holding_id=pk,
                units=(Decimal("10.5"), Decimal("-0.000001"), Decimal("1234567.123456"))[entry],
                cause=list(EntryCause)[(number + entry) % len(EntryCause)],
                source_reference=f"ref {number} {entry}",
                price=Decimal("99.9900") if entry else None,
                effective_on=datetime.date(2026, 1, 1 + number % 28),
                recorded_at=moment(number + entry),
            )


def write_transactions() -> None:
    for number in range(70):
        pk, of_units = ident(14, number), number % 5 == 1
        Transaction.objects.create(
            id=pk,
            reference=f"TX{number:04d}",
            customer_id=ident(6, 0 if number < 27 else number % 11),
            kind=list(TransactionKind)[number % len(TransactionKind)],
            direction=list(Direction)[number % 2],
            channel=list(Channel)[number % len(Channel)],
            status=list(TransactionStatus)[(number // 2) % len(TransactionStatus)],
            amount=(Decimal("0.01"), Decimal("1500.50"), Decimal("250000"), Decimal("999999999999.99"))[
                number % 4
            ],
            currency=list(Currency)[number % 3],
            demat_account_id=ident(9, number % 6) if of_units else None,
            security_id=ident(5, number % 6) if number % 5 in (1, 2) else None,
            quantity=Decimal("3.25") if of_units else None,
            price=Decimal("0.0100") if of_units else None,
            counterparty_ifsc="HDFC0000001" if number % 3 else "",
            to_merchant=number % 2 == 0,
            next_action=list(NextAction)[number % 2] if number % 3 else None,
            next_at=moment(number + 5) if number % 3 else None,
            must_end_by=datetime.date(2026, 1, 6) if number % 4 else None,
            ended_at=moment(number * 9),
            reverses_id=ident(14, number - 1) if number % 17 == 3 else None,
            narration=NAMES[number % 12] if number % 3 else "",
            value_date=datetime.date(2026, 2, 1 + number % 28) if number % 4 else None,
            settled_at=moment(number + 1) if number % 2 else None,
            version=1 + number % 3,
            created_at=moment(number),
            updated_at=moment(number + 4),
            **sealed(Transaction, pk, "counterparty_account", f"00{number:08d}" if number % 3 else None),
        )
        for step in range(number % 4):
            TransactionEvent.objects.create(
                id=ident(15, number * 10 + step),
                transaction_id=pk,
                from_status=list(TransactionStatus)[step] if step else None,
                to_status=list(TransactionStatus)[step + 1],
                cause=NAMES[(number + step) % 12],
                actor_kind=list(ActorKind)[number % 4],
                recorded_at=moment(number + step // 2),
            )
            Attempt.objects.create(
                id=ident(16, number * 10 + step),
                transaction_id=pk,
                provider_id=ident(3, (number + step) % 6),
                number=step + 1,
                outcome=attempt_outcome(number, step),
                raw_code=NAMES[step] if step else "",
                iso_code="AC01" if step else "",
                message=NAMES[step] if step else "",
                provider_reference=NAMES[number % 12] if step else "",
                latency_ms=number if step == 1 else None,
                expires_at=moment(number + 2) if step else None,
                exchange_id=ident(22, number % 3) if step == 1 else None,
                asked_count=step,
                asked_at=moment(number + 3) if step == 2 else None,
                sent_at=moment(number) if step else None,
                answered_at=moment(number + 1) if step == 1 else None,
                created_at=moment(number),
            )


def attempt_outcome(number: int, step: int) -> str | None:
    """Only the last attempt may have been done."""
    if step == number % 4 - 1:
        return None if step == 2 else list(Outcome)[number % 5]
    return "RETRYABLE"


def write_cases() -> None:
    for number in range(8):
        Case.objects.create(
            id=ident(19, number),
            provider_id=ident(3, number % 6),
            transaction_id=ident(14, number) if number % 2 else None,
            reference=NAMES[number],
            kind=list(CaseKind)[number % len(CaseKind)],
            ours=NAMES[number] if number % 3 else "",
            theirs=NAMES[number + 1],
            owner_id=ident(1, 0) if number % 3 else None,
            resolution="done \\ with" if number % 4 == 3 else "",
            closed_at=moment(number + 1) if number % 4 == 3 else None,
            due_at=moment(number + 2),
            opened_at=moment(number // 2),
            seen_at=moment(number),
        )
        Reconciliation.objects.create(
            id=ident(33, number), provider_id=ident(3, number % 6), lines=number * 3, matched=number,
            missing_here=number % 2, missing_there=number % 3, differing=number % 4, new_cases=number % 5,
            finished_at=moment(number // 2),
        )  # fmt: skip
        ProviderNotice.objects.create(
            id=ident(20, number),
            provider_id=ident(3, number % 6),
            event_id=NAMES[number],
            reference=NAMES[number],
            body={},
            state=list(NoticeState)[number % len(NoticeState)],
            times=number + 1,
            received_at=moment(number // 2),
            handled_at=moment(number) if number % 2 else None,
        )


def write_subscriptions() -> None:
    for number in range(3):
        Subscription.objects.create(
            id=ident(25, number),
            owner_id=ident(1, number),
            customer_id=ident(6, number) if number else None,
            url=f"https://subscriber.example/{number}?a=1&b=2",
            secret_sealed=b"never opened here",
            active=number != 2,
            created_at=moment(number // 2),
            ended_at=moment(5) if number == 2 else None,
        )
    for number, event in enumerate(TransactionEvent.objects.order_by("id")[:9]):
        Delivery.objects.create(
            id=ident(26, number),
            subscription_id=ident(25, number % 3),
            event=event,
            state=list(DeliveryState)[number % 3],
            tries=number,
            next_at=moment(number) if number % 3 == 0 else None,
            created_at=moment(number // 2),
            delivered_at=moment(number) if number % 3 == 1 else None,
        )
        for step in range(number % 3):
            DeliveryTry.objects.create(
                id=ident(27, number * 10 + step),
                delivery_id=ident(26, number),
                number=step + 1,
                http_status=200 + step if number % 2 else None,
                failure="" if number % 2 else "TIMEOUT",
                latency_ms=number,
                sent_at=moment(number),
            )


def write_jobs() -> None:
    for number in range(6):
        Job.objects.create(
            id=ident(18, number),
            kind=f"kind {number % 2}",
            key=NAMES[number],
            payload={"id": NAMES[number], "n": number, "deep": [None, True]} if number else {},
            state=list(JobState)[number % 3],
            due_at=moment(number),
            attempt=number,
            tries=number,
            failure=NAMES[number] if number % 2 else "",
            created_at=moment(number // 2),
            updated_at=moment(number),
        )


def write_trail() -> None:
    for number, event in enumerate(Event):
        AuditLog.objects.create(
            id=ident(17, number),
            recorded_at=moment(number),
            event=event,
            viewer_kind=list(ActorKind)[number % 4],
            viewer_id=ident(1, 0) if number % 2 else None,
            roles=["auditor", "odd \\ role"][: number % 3],
            purpose=NAMES[number % len(NAMES)] if number % 2 else "",
            operation_name="Customer360" if number % 2 else "",
            document_id="ab" * 32 if number % 2 else "",
            field="customer" if number % 2 else "",
            shape_id="cd" * 32 if number % 2 else None,
            subjects=[ident(6, each) for each in range(number % 3)],
            row_count=number % 3 if number % 2 else None,
            correlation_id=f"c-{number}",
            trace_id="",
        )


TRAIL_ENDS = moment(60)  # what this book writes into the trail is older; receipts of the tests are newer

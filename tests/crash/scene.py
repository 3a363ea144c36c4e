"""What a crash test begins with: customers whose KYC holds, two rails with short time-outs, a clerk's token."""

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402

from domains.customers.operations import create_customer  # noqa: E402
from domains.identity.sessions import open_session  # noqa: E402
from domains.kernel.actor import Actor  # noqa: E402
from domains.providers.models import Provider  # noqa: E402
from domains.providers.operations import configure, register_provider  # noqa: E402
from gateway.tokens import tokens_of  # noqa: E402
from tests.people import make_user, verify  # noqa: E402

CUSTOMERS = 40
SYSTEM = Actor.system("crash test")


def main() -> None:
    """Write the scene and tell the token and the customers."""
    for code, priority in (("rail-a", 1), ("rail-b", 2)):
        register_provider(
            actor=SYSTEM, code=code, name=code, capability="PAYMENT_RAIL", adapter="sandbox_rail",
            base_url=f"http://127.0.0.1:{settings.SANDBOX_PORT}/rail/{code}/", priority=priority,
            credentials={"api_key": f"key-of-{code}"},
        )  # fmt: skip
    Provider.objects.update(connect_timeout_ms=400, read_timeout_ms=500, total_timeout_ms=900)
    limit = {"most": "1000000000", "day": "100000000000"}
    configure(actor=SYSTEM, key="transactions.limits", value=dict.fromkeys(("UPI", "IMPS", "NEFT"), limit))
    customers = []
    for number in range(CUSTOMERS):
        customer_id = create_customer(
            actor=SYSTEM, full_name=f"Customer {number}", mobile=f"+9198200{number:05d}"
        )
        verify(customer_id)
        customers.append(f"Customer:{customer_id}")
    token = tokens_of(open_session(user=make_user("clerk", "operations"))).access
    with open(sys.argv[1], "w") as file:
        json.dump({"token": token, "customers": customers}, file)


if __name__ == "__main__":
    main()

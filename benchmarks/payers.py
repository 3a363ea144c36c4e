"""`python -m benchmarks.payers SCENE`: let a book of customers pay, instead of the few of a crash test.

Payments of one customer wait for each other, and each sums up what the customer sent before on that day: with few
customers a benchmark would measure that. Their day's limits are those of the crash test's scene.
"""

import json
import sys
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from domains.customers.models import Customer, CustomerStatus  # noqa: E402
from domains.kernel.days import today  # noqa: E402
from domains.kyc.duties import Asked, permissions  # noqa: E402
from domains.kyc.duty_rules import CustomerAction  # noqa: E402

CUSTOMERS = 2_000


def main() -> None:
    """Make the book, and name in the scene those of it who may pay today."""
    path = Path(sys.argv[1])
    scene = json.loads(path.read_text())
    call_command("demo", "--customers", str(CUSTOMERS), verbosity=0)
    known = Customer.objects.filter(status=CustomerStatus.ACTIVE).values_list("id", flat=True)
    asked = [Asked(customer_id, CustomerAction.PAY, today()) for customer_id in known]
    payers = [
        f"Customer:{each.customer_id}"
        for each, permission in zip(asked, permissions(asked), strict=True)
        if permission.allowed
    ]
    path.write_text(json.dumps({**scene, "customers": payers}))


if __name__ == "__main__":
    main()

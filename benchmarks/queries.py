"""The two queries that everything is judged by, as our schema has them; a contestant brings its own spelling."""

from dataclasses import dataclass

FIFTY = 50

SELECTION = """
    fullName mobile status
    kycProfile { pan status riskCategory address }
    dematAccounts { nodes { boId depository status } }
    portfolios { nodes { name holdings { nodes { isin symbol quantity averageCost lastPrice marketValue } } } }
    transactions(first: 20) {
      nodes { reference kind status amount { value currency } createdAt } pageInfo { hasNextPage endCursor }
    }"""


@dataclass(frozen=True)
class Queries:
    """The texts of both queries in one contestant's schema; `one` takes the variable `mobile`."""

    one: str
    fifty: str


def customer_360(*, mobile: str = "MobileNumber", selection: str = SELECTION) -> Queries:
    """Return both queries around a selection; `mobile` is the type of the variable."""
    return Queries(
        one=f"query Customer360($mobile: {mobile}!) {{\n  customer(mobile: $mobile) {{{selection}\n  }}\n}}",
        fifty=f"query Customers360 {{\n  customers(first: {FIFTY}) {{ nodes {{{selection}\n  }} }}\n}}",
    )

"""strawberry-django as its documentation shows it: the peer that runs everywhere this product does."""

import sys

from benchmarks.book import Book
from benchmarks.contestants import Contestant, gunicorn
from benchmarks.queries import FIFTY, Queries

SELECTION = """
    fullName mobile status
    kycProfile { pan status riskCategory address }
    dematAccounts { boId depository status }
    portfolios { name holdings { isin symbol quantity averageCost lastPrice marketValue } }
    transactions(first: 20) {
      edges { node { reference kind status amount { value currency } createdAt } }
      pageInfo { hasNextPage endCursor }
    }"""


def strawberry_django(book: Book, port: int) -> Contestant:
    """Return the same models under the library's own view, optimizer on, behind the same gunicorn."""
    settings = "benchmarks.contestants.strawberry_django_plain.settings"
    return Contestant(
        name="strawberry-django",
        command=[sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"],
        environment=gunicorn(book, port=port, settings=settings),
        port=port,
        queries=Queries(
            one=f"query Customer360($mobile: String!) {{\n  customer(mobile: $mobile) {{{SELECTION}\n  }}\n}}",
            fifty=f"query Customers360 {{\n  customers(pagination: {{limit: {FIFTY}}}) {{{SELECTION}\n  }}\n}}",
        ),
        notes="lists instead of `nodes`, `edges { node }` where a page is asked for; otherwise the same text",
    )

"""strawberry-django as its documentation shows it: the peer that runs everywhere this product does."""

import sys

from benchmarks.book import Book
from benchmarks.contestants import Contestant, gunicorn
from benchmarks.queries import FIFTY, Queries

LISTS = """
    fullName mobile status
    kycProfile { pan status riskCategory address }
    dematAccounts { boId depository status }
    portfolios { name holdings { isin symbol quantity averageCost lastPrice marketValue } }
    transactions(first: 20) {
      edges { node { reference kind status amount { value currency } createdAt } }
      pageInfo { hasNextPage endCursor }
    }"""

# What our query asks: connections all the way.
CONNECTIONS = """
    fullName mobile status
    kycProfile { pan status riskCategory address }
    dematAccounts { edges { node { boId depository status } } }
    portfolios { edges { node {
      name holdings { edges { node { isin symbol quantity averageCost lastPrice marketValue } } }
    } } }
    transactions(first: 20) {
      edges { node { reference kind status amount { value currency } createdAt } }
      pageInfo { hasNextPage endCursor }
    }"""


def strawberry_django(book: Book, port: int) -> Contestant:
    """Return the library as our query asks it: a connection at each relation."""
    return _contestant(
        book,
        port,
        name="strawberry-django",
        path="connections",
        one=CONNECTIONS,
        fifty=f"customers(first: {FIFTY}) {{ edges {{ node {{{CONNECTIONS}\n  }} }} }}",
        notes="connections as ours, spelt `edges { node }`; the same models, optimizer on",
    )


def strawberry_django_lists(book: Book, port: int) -> Contestant:
    """Return the library asked for less: lists, and one connection where a page is asked for."""
    return _contestant(
        book,
        port,
        name="strawberry-django, lists",
        path="lists",
        one=LISTS,
        fifty=f"customers(pagination: {{limit: {FIFTY}}}) {{{LISTS}\n  }}",
        notes="whole lists instead of connections, save for transactions; otherwise the same",
    )


def _contestant(
    book: Book, port: int, *, name: str, path: str, one: str, fifty: str, notes: str
) -> Contestant:
    """Return the same models under the library's own view, optimizer on, behind gunicorn and its own threads."""
    settings = "benchmarks.contestants.strawberry_django_plain.settings"
    return Contestant(
        name=name,
        command=[sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"],
        environment=gunicorn(book, port=port, settings=settings) | {"WORKER_CLASS": "gthread"},
        port=port,
        path=path,
        queries=Queries(
            one=f"query Customer360($mobile: String!) {{\n  customer(mobile: $mobile) {{{one}\n  }}\n}}",
            fifty=f"query Customers360 {{\n  {fifty}\n}}",
        ),
        notes=notes,
    )

"""How the bare view is started."""

import sys

from benchmarks.book import Book
from benchmarks.contestants import Contestant, gunicorn
from benchmarks.queries import customer_360


def bare_view(book: Book, port: int) -> Contestant:
    """Return a Django view without database behind the same gunicorn."""
    settings = "benchmarks.contestants.bare_view.settings"
    return Contestant(
        name="bare Django view",
        command=[sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"],
        environment=gunicorn(book, port=port, settings=settings),
        port=port,
        queries=customer_360(),
        notes="parses the request, touches no database, answers 11 bytes",
        is_limit=True,
    )

"""Ours, as shipped: tokens, access control, receipts, opened PANs and addresses, metrics and logs on."""

import subprocess
import sys
from dataclasses import replace

from benchmarks.book import BASE_DIR, Book
from benchmarks.contestants import Contestant, gunicorn
from benchmarks.queries import customer_360

USERNAME = "officer"

# Rate limits count as ever, but no viewer is meant to ask as much as a load generator does.
ALLOWANCE = {"GATEWAY_TIERS": '{"STANDARD": {"points_per_minute": 10000000000, "burst_points": 10000000000}}'}


def ours(book: Book, port: int) -> Contestant:
    """Return the product behind its own gunicorn.conf.py; the viewer is an officer, who sees all in clear."""
    return Contestant(
        name="ours",
        command=[sys.executable, "-m", "gunicorn", "banking_project.wsgi:application"],
        environment=gunicorn(book, port=port) | ALLOWANCE,
        port=port,
        queries=customer_360(),
        headers=lambda: {"Authorization": f"Bearer {token(book)}"},
        notes="access control, a receipt in each reading statement, PAN and address decrypted, rate limits (with "
        "an allowance that lasts), metrics, logs",
    )


def without_receipts(book: Book, port: int) -> Contestant:
    """Return the product with the receipt left out of its statements: what remains is the receipts' cost."""
    return _without(
        book, port, "receipts", "as ours, and nothing is recorded; nothing that ships can do this"
    )


def without_access(book: Book, port: int) -> Contestant:
    """Return the product with every question of access left out: what remains is the access control's cost."""
    notes = "as ours, and nobody is asked who they are or what they may see; nothing that ships can do this"
    return _without(book, port, "access", notes)


def _without(book: Book, port: int, what: str, notes: str) -> Contestant:
    module = f"benchmarks.contestants.without_{what}:application"
    return replace(
        ours(book, port),
        name=f"ours without {what}",
        command=[sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", module],
        notes=notes,
        is_limit=True,
    )


def token(book: Book, username: str = USERNAME) -> str:
    """Return a new access token of a demo login."""
    done = subprocess.run(
        [sys.executable, "manage.py", "token", username],
        cwd=BASE_DIR,
        env=book.environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()

"""What production must have been given before anything starts: all that is missing is told at once.

Reads the environment alone: it is asked before settings, application and database are touched.
"""

import os
import sys
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from domains.vault.keyring import given_keyring
from domains.vault.signing import given_signing_keys
from gateway.addresses import TrustedProxies

ENVIRONMENTS = ("demo", "production")
FORM = "postgres://user:password@host:port/name"
UNREADABLE = (
    f"can't be read: {FORM} is its form, where a /, ?, # or % in a password is written %2F, %3F, %23, %25."
)
SECRET_LENGTH_MIN, SECRET_LETTERS_MIN = 50, 10
THIS_MACHINE = {"", "localhost", "127.0.0.1", "::1"}


def faults() -> list[str]:
    """Return what keeps the program from starting, a sentence each, which quote no secret."""
    environment = os.environ.get("BANKING_ENVIRONMENT", "demo")
    if environment not in ENVIRONMENTS:
        return [f"BANKING_ENVIRONMENT is {environment!r}: it must be 'demo' or 'production'."]
    if environment == "demo":
        return list(_databases(strictly=False))
    databases = _databases(strictly=True)
    return [*_secret_key(), *_hosts(), *_debug(), *_keys(), *databases, *_proxies(), *_notices()]


def refuse_faults() -> None:
    """End the process with status 1 and one sentence for each fault, unless there is none."""
    if found := faults():
        sys.exit("\n".join(found))
    try:
        from banking_project import settings  # noqa: F401 - a variable that can't be read is found here
    except ImproperlyConfigured as error:
        sys.exit(str(error))


def _secret_key() -> Iterator[str]:
    given = os.environ.get("DJANGO_SECRET_KEY", "")
    if not given:
        yield "Set DJANGO_SECRET_KEY: in production no key is made up."
    elif len(given) < SECRET_LENGTH_MIN or len(set(given)) < SECRET_LETTERS_MIN:
        yield (
            f"DJANGO_SECRET_KEY is weak: it needs at least {SECRET_LENGTH_MIN} characters, "
            f"{SECRET_LETTERS_MIN} different ones among them."
        )
    elif given.startswith("django-insecure-"):
        yield "DJANGO_SECRET_KEY was made for development: production needs one of its own."


def _hosts() -> Iterator[str]:
    hosts = [host.strip() for host in os.environ.get("ALLOWED_HOSTS", "").split(",")]
    if not any(hosts):
        yield "Set ALLOWED_HOSTS: the host names that clients use, with commas between them."
    elif "*" in hosts:
        yield "ALLOWED_HOSTS holds *: name the hosts that clients use."


def _debug() -> Iterator[str]:
    if os.environ.get("DJANGO_DEBUG", "") not in {"", "0"}:
        yield "DJANGO_DEBUG is set: production never runs in debug mode."


def _keys() -> Iterator[str]:
    givers: tuple[Callable[[], str], ...] = (given_keyring, given_signing_keys)
    for given in givers:
        try:
            given()
        except ImproperlyConfigured as error:
            yield str(error)


def _databases(*, strictly: bool) -> Iterator[str]:
    """Yield what is wrong with the databases' addresses; `strictly`, too, where one may be read on the way."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_POOLER_URL"):
        if not (url := os.environ.get(name)):
            continue
        address = _read(url)
        if address is None:
            yield f"{name} {UNREADABLE}"
        elif "postgresql" not in address["ENGINE"]:
            yield f"{name} must name a PostgreSQL database."
        elif strictly and _may_be_read_on_the_way(address):
            yield (
                f"{name} names another machine and no sslmode: add ?sslmode=verify-full&sslrootcert=FILE "
                "(or state sslmode=disable where the network itself is encrypted)."
            )


def _read(url: str) -> dj_database_url.DBConfig | None:
    """Return an address's parts; None where they can't be told: a / in a password makes a part of it the name."""
    try:
        address = dj_database_url.parse(url)
    except ValueError:
        return None
    is_split = "@" in f"{address['NAME']}{address['HOST']}"
    return None if is_split or not address["NAME"] else address


def _proxies() -> Iterator[str]:
    names = [name.strip() for name in os.environ.get("TRUSTED_PROXIES", "").split(",") if name.strip()]
    try:
        TrustedProxies.of(names)
    except ImproperlyConfigured as error:
        yield str(error)


def _notices() -> Iterator[str]:
    url = os.environ.get("PROVIDER_NOTICES_URL", "")
    if not url:
        yield "Set PROVIDER_NOTICES_URL: where providers send their notices, https://…/provider-notices."
        return
    try:
        parts = urlsplit(url)
        whole = parts.scheme == "https" and parts.hostname and parts.path.strip("/")
        extra = parts.query or parts.fragment or parts.username or parts.password
    except ValueError:
        whole = extra = ""
    if not whole or extra:
        yield "PROVIDER_NOTICES_URL must be an https address with a path, without a query or a password in it."


def _may_be_read_on_the_way(address: dj_database_url.DBConfig) -> bool:
    host = str(address.get("HOST") or "")
    stated = "sslmode" in address.get("OPTIONS", {}) or bool(os.environ.get("PGSSLMODE"))
    return not (host in THIS_MACHINE or host.startswith("/") or stated)

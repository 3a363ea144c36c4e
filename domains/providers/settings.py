"""The settings of a provider: which there are, and what each may be.

Names are the model's columns; `path` in a refusal is the name that the graph uses.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as deployment
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from domains.kernel.text import tidy_line
from domains.providers.adapters import ADAPTERS
from domains.providers.client import private_allowed
from domains.providers.failures import InvalidProvider
from domains.providers.models import Provider
from domains.providers.network import is_public
from domains.providers.words import RETRIED

BASE_URL_LENGTH_MAX = 500
MINUTE_MS, DAY_S = 60_000, 86_400
# Whole numbers: the least and the greatest that each may be.
NUMBERS = {
    "priority": (-1_000_000, 1_000_000),
    "weight": (1, 1_000),
    "connect_timeout_ms": (1, MINUTE_MS),
    "read_timeout_ms": (1, MINUTE_MS),
    "total_timeout_ms": (1, MINUTE_MS),
    "retry_attempts_max": (1, 10),
    "retry_backoff_ms": (0, MINUTE_MS),
    "retry_backoff_ms_max": (0, MINUTE_MS),
    "retry_jitter_ms": (0, MINUTE_MS),
    "concurrency_max": (1, 1_000),
    "rate_per_minute": (1, 1_000_000),
    "rate_burst": (1, 100_000),
    "breaker_window_s": (1, 3_600),
    "breaker_calls_min": (1, 100_000),
    "breaker_fault_percent": (1, 100),
    "breaker_open_s": (1, DAY_S),
    "breaker_probes": (1, 100),
}
NOT_NUMBERS = ("name", "adapter", "base_url", "enabled", "retry_codes")
NAMES = (*NOT_NUMBERS, *NUMBERS)
MAY_BE_NULL = frozenset({"rate_per_minute"})

_is_url = URLValidator(schemes=["http", "https"])


def settings_of(provider: Provider) -> dict[str, Any]:
    """Return a provider's settings by name, as JSON has them; credentials are none."""
    return {name: getattr(provider, name) for name in NAMES}


def origin_of(base_url: str) -> tuple[str, str, int]:
    """Return the server of an address that was taken: scheme, host, port (RFC 6454)."""
    parts = urlsplit(base_url)
    return (
        parts.scheme,
        (parts.hostname or "").lower(),
        parts.port or (443 if parts.scheme == "https" else 80),
    )


def refuse_faults(*, capability: str, settings: Mapping[str, Any]) -> None:
    """Raise InvalidProvider when the settings, taken together, are none that a provider can have."""
    for name in NAMES:
        if settings[name] is None and name not in MAY_BE_NULL:
            raise _refusal(name, "This can't be null.")
    for name, (least, greatest) in NUMBERS.items():
        value = settings[name]
        if value is not None and not (type(value) is int and least <= value <= greatest):
            raise _refusal(name, f"This is a whole number from {least} to {greatest}.")
    if tidy_line(settings["name"], length_max=200) != settings["name"]:
        raise _refusal("name", "A name has 1 to 200 printable characters.")
    if not isinstance(settings["enabled"], bool):
        raise _refusal("enabled", "This is true or false.")
    _refuse_adapter(capability, settings["adapter"])
    _refuse_address(settings["base_url"])
    longest_part_ms = max(settings["connect_timeout_ms"], settings["read_timeout_ms"])
    if settings["total_timeout_ms"] < longest_part_ms:
        raise _refusal(
            "total_timeout_ms",
            f"The whole call can't be shorter than connecting or one read, which may take {longest_part_ms} ms.",
        )
    if settings["retry_backoff_ms_max"] < settings["retry_backoff_ms"]:
        raise _refusal("retry_backoff_ms_max", "The longest wait can't be shorter than the first.")
    codes = settings["retry_codes"]
    if not isinstance(codes, list) or not set(codes) <= set(RETRIED) or len(set(codes)) != len(codes):
        raise _refusal("retry_codes", f"These are, once each, of {', '.join(RETRIED)}.")


def _refuse_adapter(capability: str, adapter: str) -> None:
    if adapter and (adapter not in ADAPTERS or ADAPTERS[adapter].capability != capability):
        known = [name for name, each in ADAPTERS.items() if each.capability == capability]
        raise _refusal("adapter", f"Adapters of this capability: {', '.join(known) or 'none yet'}.")


def _refuse_address(base_url: str) -> None:
    try:
        if len(base_url) > BASE_URL_LENGTH_MAX:
            raise ValidationError("too long")
        _is_url(base_url)
        parts = urlsplit(base_url)
        host = parts.hostname or ""
    except (ValidationError, ValueError, TypeError):
        raise _refusal("base_url", "This is not an address of the web.") from None
    if parts.username is not None or parts.query or parts.fragment:
        raise _refusal("base_url", "An address has no user, no query and no fragment.")
    if private_allowed(host):
        return
    if deployment.PRODUCTION and parts.scheme != "https":
        raise _refusal("base_url", "In production an address begins with https.")
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        return  # a name: where it leads is looked at whenever it is called
    if not is_public(address):
        raise _refusal("base_url", "This address is in a private network.")


def _refusal(name: str, message: str) -> InvalidProvider:
    return InvalidProvider(message, path=(re.sub(r"_([a-z])", lambda m: m[1].upper(), name),))

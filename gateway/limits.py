"""Limits on what a request may ask, each with its unit, counted before anything is validated or planned.

A document is measured once, with its fragments expanded: sums are kept for each fragment, so that a bomb of
fragments costs as many steps as it has letters. Every limit may be set in `settings.GATEWAY_LIMITS` by its name;
a refusal says what was found and what is allowed. What an operation costs is the affair of `costs`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from gateway.failures import RequestError, refuse


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits, in order of the way of a request."""

    body_bytes_max: int = 1_048_576  # bytes of a request's body
    upload_bytes_max: int = 8 * 1_048_576  # bytes of a request that brings files
    characters_max: int = 100_000  # characters of a document, comments included
    tokens_max: int = 5_000  # tokens of a document
    operations_max: int = 50  # operations of a document
    fragments_max: int = 100  # named fragments of a document
    name_characters_max: int = 200  # characters of an operation's name, which is in each of its receipts
    nesting_max: int = 100  # selection sets inside one another, those of fragments included
    depth_max: int = 20  # fields inside one another
    fields_max: int = 2_000  # fields of an operation
    root_fields_max: int = 20  # fields at the root of an operation
    aliases_max: int = 100  # fields of an operation under another name than their own
    directives_max: int = 100  # directives of an operation
    directives_per_field_max: int = 5  # directives of one field, spread or inline fragment
    merges_max: int = 5_000  # pairs of fields that stand under one key and so must be compared
    list_items_max: int = 200  # values of one list that is passed in
    input_values_max: int = 2_000  # values passed in as variables, those inside objects and lists included
    input_depth_max: int = 20  # objects and lists inside one another in a value that is passed in

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ImproperlyConfigured(f"GATEWAY_LIMITS: {name} must be a whole number above 0.")

    @classmethod
    def configured(cls) -> "Limits":
        """Return the limits of the settings; refuse a name that is none."""
        given: Mapping[str, int] = getattr(settings, "GATEWAY_LIMITS", {})
        if unknown := sorted(set(given) - set(cls.__dataclass_fields__)):
            known = ", ".join(cls.__dataclass_fields__)
            raise ImproperlyConfigured(
                f"GATEWAY_LIMITS: there is no limit {unknown[0]!r}; there are {known}."
            )
        return cls(**given)


def exceeded(what: str, code: str, *, found: int, allowed: int, status: int = 400) -> RequestError:
    """Return the refusal of a request that is over a limit; `what` begins the sentence, its unit ends it."""
    return refuse(
        f"{what}: {found} found, {allowed} allowed.",
        code,
        status=status,
        extensions={"found": found, "allowed": allowed},
    )


def check_variables(variables: Mapping[str, Any], limits: Limits) -> None:
    """Refuse variables, as they came in, that are too many, too long or too deep to be looked at closer."""
    found = 0
    pending: list[tuple[Any, int]] = [(variables, 0)]
    while pending:
        value, depth = pending.pop()
        check_input(value, depth, limits)
        found += len(value)
        if found > limits.input_values_max:
            allowed = limits.input_values_max
            raise exceeded("Values passed in as variables", "INPUT_TOO_LARGE", found=found, allowed=allowed)
        inside = value.values() if isinstance(value, dict) else value
        pending += [(item, depth + 1) for item in inside if isinstance(item, (dict, list))]


def check_input(value: Any, depth: int, limits: Limits) -> None:
    """Refuse an object or a list that lies too deep, and a list that is too long."""
    if depth > limits.input_depth_max:
        raise exceeded(
            "Objects and lists inside one another in a value",
            "INPUT_TOO_DEEP",
            found=depth,
            allowed=limits.input_depth_max,
        )
    if isinstance(value, (list, tuple)) and len(value) > limits.list_items_max:
        raise exceeded("Values of one list", "LIST_TOO_LONG", found=len(value), allowed=limits.list_items_max)

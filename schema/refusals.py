"""Expected refusals as typed results of a mutation: what was wrong, where, and with which code."""

from collections.abc import Callable, Mapping
from typing import Any

import strawberry

from domains.kernel.failures import Failure
from gateway.scalars import DateTime


@strawberry.type(description="Why a mutation did not do what was asked; nothing was changed.")
class Problem:
    """Why a mutation did not do what was asked; nothing was changed."""

    code: str = strawberry.field(description="A stable code for programs.")
    message: str = strawberry.field(description="A sentence for people.")
    path: list[str] = strawberry.field(description="The place in the input, empty if it is no single one.")
    changed_by: str | None = strawberry.field(
        default=None, description="Of a conflict: who was there first, if you may know."
    )
    changed_at: DateTime | None = strawberry.field(
        default=None, description="Of a conflict: when the other one was there."
    )
    retry_after: int | None = strawberry.field(
        default=None,
        description="In how many seconds it may be tried again; null when waiting does not help.",
    )


def told_problems(description: str = "Why it was refused; empty when it was done.") -> list[Problem]:
    """Return the field of a payload that holds its problems."""
    field: list[Problem] = strawberry.field(default_factory=list, description=description)
    return field


def refusals_as(
    payload: Callable[..., Any], *, places: Mapping[str, str] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that turns expected failures into a payload with their problems.

    `places` says where in this input stands what the domain calls by another name (dotted: `settings.weight`).
    """

    def decorate(run: Callable[..., Any]) -> Callable[..., Any]:
        def refusing(*args: Any, **kwargs: Any) -> Any:
            try:
                return run(*args, **kwargs)
            except Failure as failure:
                return payload(problems=[_problem(each, places or {}) for each in (failure, *failure.also)])

        return refusing

    return decorate


def _problem(failure: Failure, places: Mapping[str, str]) -> Problem:
    path = [str(step) for step in failure.path]
    return Problem(
        code=failure.code,
        message=failure.message,
        path=[*places.get(path[0], path[0]).split("."), *path[1:]] if path else [],
        changed_by=getattr(failure, "changed_by", None),
        changed_at=getattr(failure, "changed_at", None),
        retry_after=failure.retry_after_s,
    )

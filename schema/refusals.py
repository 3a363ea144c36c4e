"""Expected refusals as typed results of a mutation: what was wrong, where, and with which code."""

from collections.abc import Callable
from typing import Any

import strawberry

from domains.kernel.failures import Failure


@strawberry.type(description="Why a mutation did not do what was asked; nothing was changed.")
class Problem:
    """Why a mutation did not do what was asked; nothing was changed."""

    code: str = strawberry.field(description="A stable code for programs.")
    message: str = strawberry.field(description="A sentence for people.")
    path: list[str] = strawberry.field(description="The place in the input, empty if it is no single one.")


def refusals_as(payload: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that turns an expected failure into a payload with one problem."""

    def decorate(run: Callable[..., Any]) -> Callable[..., Any]:
        def refusing(*args: Any, **kwargs: Any) -> Any:
            try:
                return run(*args, **kwargs)
            except Failure as failure:
                path = [str(step) for step in failure.path]
                return payload(problems=[Problem(code=failure.code, message=failure.message, path=path)])

        return refusing

    return decorate

"""What a request can fail with: errors that carry a stable code, and the HTTP status that fits them."""

from typing import Any

from graphql import GraphQLError


class RequestError(Exception):
    """A request that can't be answered at all: refused before anything runs, with no `data` in the answer.

    `errors` are GraphQL errors; `status` is the HTTP status for `application/graphql-response+json`.
    """

    def __init__(
        self, errors: list[GraphQLError], *, status: int = 400, headers: dict[str, str] | None = None
    ):
        super().__init__(errors[0].message)
        self.errors, self.status, self.headers = errors, status, headers or {}

    @property
    def code(self) -> str:
        """Return the code of the first error."""
        return str((self.errors[0].extensions or {}).get("code", "ERROR"))


def coded(message: str, code: str, **options: Any) -> GraphQLError:
    """Return a GraphQL error with a stable code in its extensions; options are GraphQLError's own."""
    extensions = {"code": code, **options.pop("extensions", {})}
    return GraphQLError(message, extensions=extensions, **options)


def refuse(message: str, code: str, *, status: int = 400, **options: Any) -> RequestError:
    """Return the refusal of a whole request with one coded error."""
    return RequestError([coded(message, code, **options)], status=status)


def with_code(errors: list[GraphQLError], code: str) -> list[GraphQLError]:
    """Return the errors of a library with a stable code added to each."""
    for error in errors:
        error.extensions = {"code": code, **(error.extensions or {})}
    return errors

"""Gunicorn's log without what it quotes: a request line may hold a mobile number or a token."""

from typing import Any

from gunicorn.glogging import Logger

WITHOUT_QUOTES = {
    "Invalid request from": "A request that is no proper HTTP was refused.",
    "Error handling request": "A request failed in the server itself.",
}


class DiscreetLogger(Logger):  # type: ignore[misc] # gunicorn is published without types
    """The log of gunicorn's own."""

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Write a warning."""
        super().warning(*_without_quotes(msg, args), **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Write an error and where it happened."""
        super().exception(*_without_quotes(msg, args), **kwargs)


def _without_quotes(msg: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    for start, said in WITHOUT_QUOTES.items():
        if msg.startswith(start):
            return (said,)
    return (msg, *args)

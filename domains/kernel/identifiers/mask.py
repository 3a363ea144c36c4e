"""How much of a value may be left to see."""

HIDDEN = "XXXX"


def keep_last(value: str, *, shown: int, least_hidden: int = 4) -> str:
    """Return `value` with all but its last `shown` characters replaced by X.

    When fewer than `least_hidden` characters would be hidden, nothing of it is shown.
    """
    if len(value) < shown + least_hidden:
        return HIDDEN
    return "X" * (len(value) - shown) + value[-shown:]

"""What can be said against an operation on a user."""

from domains.kernel.failures import Invalid, NotFound


class UserNotFound(NotFound):
    """No user has this id, or none who is active where one must be; `place` is where it was given."""

    code = "USER_NOT_FOUND"

    def __init__(self, place: str = "user") -> None:
        super().__init__("There is no such user.", path=(place,))


class UnknownRole(Invalid):
    """A role that does not exist; `place` is where it was given."""

    code = "UNKNOWN_ROLE"

    def __init__(self, role: str, place: str = "role") -> None:
        super().__init__(f"There is no role {role[:40]!r}.", path=(place,))

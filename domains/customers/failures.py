"""What can be said against an operation on a customer."""

from domains.kernel.failures import Conflict, Invalid, NotAllowed, NotFound, Refused


class CustomerNotFound(NotFound):
    """No customer has this id."""

    code = "CUSTOMER_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such customer.", path=("id",))


class SelfLink(NotAllowed):
    """A customer for one's own login, who would be shown all of theirs in clear: somebody else has to link it."""

    code = "SELF_LINK"

    def __init__(self) -> None:
        super().__init__("Nobody makes themselves a customer: ask another administrator.", path=("userId",))


class InvalidFullName(Invalid):
    """Empty, too long or not printable."""

    code = "INVALID_FULL_NAME"

    def __init__(self) -> None:
        super().__init__("A name has 1 to 200 printable characters.", path=("fullName",))


class MobileTaken(Conflict):
    """The number is held by another customer now."""

    code = "MOBILE_TAKEN"

    def __init__(self) -> None:
        super().__init__("Another customer holds this mobile number.", path=("mobile",))


class StaleVersion(Conflict):
    """The customer was changed since the caller read it."""

    code = "STALE_VERSION"

    def __init__(self) -> None:
        super().__init__("The customer was changed meanwhile; read it again.", path=("version",))


class CustomerHasLogin(Conflict):
    """The customer is another user already."""

    code = "CUSTOMER_HAS_LOGIN"

    def __init__(self) -> None:
        super().__init__("This customer has a login already.", path=("id",))


class LoginTaken(Conflict):
    """The user is another customer already."""

    code = "LOGIN_TAKEN"

    def __init__(self) -> None:
        super().__init__("This user is another customer already.", path=("userId",))


class CustomerFrozen(Refused):
    """The customer is frozen: nothing of theirs goes out."""

    code = "CUSTOMER_FROZEN"

    def __init__(self) -> None:
        super().__init__("This customer is frozen: nothing is paid or ordered.", path=("customerId",))


class CustomerClosed(Refused):
    """The customer is closed; nothing about them changes any more."""

    code = "CUSTOMER_CLOSED"

    def __init__(self) -> None:
        super().__init__("This customer is closed.", path=("id",))

"""Four eyes on logins: who was shown a login's password neither confirms that login nor gives it a role.

An administrator who makes a login, or resets its password, could sign in as its user. So it opens nothing until
another administrator, who knows of the user, has confirmed it. What the program itself makes needs nobody.
"""

from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change, record_change
from domains.identity.failures import UserNotFound
from domains.identity.models import User
from domains.identity.queries import user_behind
from domains.kernel.actor import Actor
from domains.kernel.failures import NotAllowed, Refused


class SecondAdministratorNeeded(NotAllowed):
    """Whoever knew the password of a login may not say that it is somebody else's."""

    code = "SECOND_ADMINISTRATOR_NEEDED"

    def __init__(self) -> None:
        super().__init__(
            "You made this login or reset its password: another administrator has to do this.", path=("user",)
        )


class LoginNotConfirmed(Refused):
    """The password is right, and a second administrator has not confirmed the login yet."""

    code = "LOGIN_NOT_CONFIRMED"

    def __init__(self) -> None:
        super().__init__("Another administrator has to confirm this login first.")


def refuse_password_giver(actor: Actor, user: User) -> None:
    """Raise SecondAdministratorNeeded where the actor was the last who was shown the user's password."""
    if user.password_given_by is not None and user.password_given_by == user_behind(actor):
        raise SecondAdministratorNeeded


@transaction.atomic
def confirm_login(*, actor: Actor, user_id: UUID) -> UUID:
    """Let a login that was made, or whose password was reset, sign in, and return the user's id.

    One that awaits nothing stays as it is. Raises UserNotFound or SecondAdministratorNeeded.
    """
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None:
        raise UserNotFound
    if user_behind(actor) == user.id:
        raise SecondAdministratorNeeded
    refuse_password_giver(actor, user)
    if user.awaits_confirmation:
        user.awaits_confirmation = False
        user.save(update_fields=["awaits_confirmation"])
        change = Change("identity_user", user.id, "awaits_confirmation", True, False, in_clear=True)
        record_change(actor=actor, operation_name="confirm_login", subjects=[], changes=[change])
    return user.id

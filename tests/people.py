"""The cast of the tests that ask the gateway: one user for each role, and customers; all invented."""

from django.contrib.auth.models import Group

from domains.identity.models import User

PASSWORD = "correct horse battery staple"


def make_user(username: str, *roles: str, password: str | None = None) -> User:
    """Store a user with these roles; without a password they can't sign in, and no time goes into hashing."""
    user = User.objects.create_user(username, password)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user

"""Principals and their credentials. What a user may do follows from the groups named after the roles."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from domains.identity.roles import Role as Role
from domains.kernel.clock import now
from domains.kernel.models import Record, one_of


class Users(BaseUserManager["User"]):
    """What Django's own commands call to make a user; the program calls `operations.create_user`."""

    def create_user(self, username: str, password: str | None = None, **extra: Any) -> "User":
        """Store a user with a hashed password (an unusable one when none is given)."""
        user = self.model(username=username, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **extra: Any) -> "User":
        """Store a user who may do everything."""
        return self.create_user(username, password, **(extra | {"is_staff": True, "is_superuser": True}))


class User(AbstractBaseUser, PermissionsMixin, Record):
    """Someone who signs in. A raised `token_version` ends every token issued before."""

    username = models.CharField(max_length=150)
    display_name = models.CharField(max_length=200, default="", blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    token_version = models.PositiveIntegerField(default=1)
    date_joined = models.DateTimeField(default=now)
    password_once_until = models.DateTimeField(
        null=True,
        help_text="until when a password holds that is good for one login; null is one of their own",
    )
    password_given_by = models.UUIDField(
        null=True, help_text="the user who made the login or reset its password last, and so was shown it"
    )
    awaits_confirmation = models.BooleanField(
        default=False, db_default=False, help_text="it opens nothing until a second administrator confirms it"
    )

    objects = Users()

    USERNAME_FIELD = "username"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["username"], name="user_username_once"),
            models.CheckConstraint(
                name="user_awaits_another",
                condition=Q(awaits_confirmation=False) | Q(password_given_by__isnull=False),
            ),
        ]


class ApiKey(Record):
    """A program's credential: the keyed digest of its key, and a prefix to tell keys apart."""

    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=32)
    key_digest = models.BinaryField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    scopes = ArrayField(models.TextField(), default=list)
    allowed_networks = ArrayField(models.TextField(), default=list, help_text="CIDR; none means any")
    rate_tier = models.TextField(default="STANDARD")
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaces")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prefix"], name="api_key_prefix_once"),
            models.UniqueConstraint(fields=["key_digest"], name="api_key_digest_once"),
        ]


class SessionEnd(models.TextChoices):
    """Why a session ended before its time."""

    LOGOUT = "LOGOUT"
    TOKEN_REUSED = "TOKEN_REUSED"  # noqa: S105 - a reason, no secret
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - likewise


class Session(Record):
    """A login and all the tokens that descend from it: ended, none of them holds any more."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions")
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, choices=SessionEnd, null=True)

    class Meta:
        constraints = [
            one_of("session_end_known", "end_reason", SessionEnd.values),
            models.CheckConstraint(
                name="session_end_has_reason",
                condition=Q(ended_at__isnull=True, end_reason__isnull=True)
                | Q(ended_at__isnull=False, end_reason__isnull=False),
            ),
        ]


class RefreshToken(Record):
    """The keyed digest of a token that is good for one refresh.

    A spent one keeps its successor, sealed: an answer that was lost on the way can be given again.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_tokens")
    token_digest = models.BinaryField()
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)
    successor_sealed = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token_digest"], name="refresh_token_once")]


class Throttle(models.Model):
    """How far ahead of the present someone has spent what they are allowed (see `throttle`).

    The table is UNLOGGED: it may be lost in a crash of the database, which lets everyone try afresh.
    """

    key = models.BinaryField(primary_key=True, help_text="keyed digest of who is throttled at what")
    spent_until = models.DateTimeField(db_index=True)


class EmergencyAccess(Record):
    """Access that a user took for a short time, with the reason that they stated."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="emergencies")
    reason = models.TextField()
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="when it was given back, if before its time")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="emergency_is_short", condition=Q(expires_at__lte=F("began_at") + timedelta(hours=1))
            ),
        ]
        indexes = [models.Index(fields=["user", "expires_at"], name="emergency_by_user")]

"""What the trail records: the kinds of events."""

from django.db import models


class Event(models.TextChoices):
    """What happened."""

    READ = "READ"
    LOOKUP_MISSED = "LOOKUP_MISSED"
    CHANGE = "CHANGE"
    LOGIN = "LOGIN"
    LOGIN_FAILED = "LOGIN_FAILED"
    REFUSAL = "REFUSAL"
    CONFIG = "CONFIG"
    EXPORT = "EXPORT"
    KEY = "KEY"
    ROLE = "ROLE"

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
    LIMIT = "LIMIT"  # more was asked than is allowed; `code` says which limit
    ALERT = "ALERT"  # reading that is out of the ordinary; `code` says in what
    BREAK_GLASS = "BREAK_GLASS"  # somebody took, or gave back, access that their roles do not give
    RETENTION = "RETENTION"  # a month of the trail was taken out of the database

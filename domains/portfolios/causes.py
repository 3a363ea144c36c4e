"""Why units move; a word that the domains above speak too."""

from django.db import models


class EntryCause(models.TextChoices):
    """Why units moved."""

    IMPORT = "IMPORT"
    SYNC = "SYNC"
    SETTLEMENT = "SETTLEMENT"
    CORPORATE_ACTION = "CORPORATE_ACTION"
    OPENING = "OPENING"

"""What the gateway itself keeps: allowances of points."""

from django.db import models


class Allowance(models.Model):
    """How much a viewer or an address may still ask: nothing is owed any more at `full_at`.

    Written by one statement only (see `rates.postgres`); the table is unlogged.
    """

    key = models.TextField(primary_key=True)
    full_at = models.DateTimeField()
    granted = models.FloatField(help_text="The block taken last, in points; 0 when it was refused")

"""Readers and what they borrow: every kind of column, and null wherever it may be."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from domains.kernel.clock import now
from domains.kernel.models import Record


class Standing(models.TextChoices):
    """Where a reader stands."""

    GOOD = "GOOD"
    BARRED = "BARRED"


class Shelf(Record):
    """Nobody's data."""

    label = models.CharField(max_length=40)

    class Meta:
        app_label = "toy"


class Book(Record):
    """Nobody's data, on a shelf or on none."""

    title = models.CharField(max_length=200)
    shelf = models.ForeignKey(Shelf, models.PROTECT, null=True, related_name="books")
    pages = models.BigIntegerField(null=True)

    class Meta:
        app_label = "toy"


class Reader(Record):
    """A person."""

    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=20, null=True)
    card_sealed = models.BinaryField(null=True)
    card_masked = models.CharField(max_length=20, null=True)
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.GOOD)
    deposit = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    deposit_unit = models.CharField(max_length=3, default="INR")
    born_on = models.DateField(null=True)
    is_minor = models.BooleanField(null=True)
    height_m = models.FloatField(null=True)
    tags = ArrayField(models.TextField(), default=list)
    wishes = models.JSONField(null=True)
    favourite = models.ForeignKey(Book, models.PROTECT, null=True, related_name="admirers")
    sponsor = models.ForeignKey("self", models.PROTECT, null=True, related_name="sponsored")
    joined_at = models.DateTimeField(default=now)

    class Meta:
        app_label = "toy"


class Loan(Record):
    """One book with one reader."""

    reader = models.ForeignKey(Reader, models.PROTECT, related_name="loans")
    book = models.ForeignKey(Book, models.PROTECT, related_name="loans")
    number = models.IntegerField()
    note = models.TextField(default="")
    fine = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    due_on = models.DateField(null=True)

    class Meta:
        app_label = "toy"


class Club(Record):
    """A circle of readers: its rows are the data of all of them together."""

    name = models.CharField(max_length=80)
    readers = models.ManyToManyField(Reader, related_name="clubs")

    class Meta:
        app_label = "toy"


class Meeting(Record):
    """A meeting of a club: the data of the club's readers."""

    club = models.ForeignKey(Club, models.PROTECT, related_name="meetings")
    topic = models.TextField()

    class Meta:
        app_label = "toy"

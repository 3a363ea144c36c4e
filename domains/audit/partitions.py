"""The months of the trail: made ahead, so that writing never stops; the default one takes what has none."""

from django.db import connection

MONTHS_AHEAD = 3


def make_partitions() -> bool:
    """Make the partitions of this month and the three after it where they are missing; tell False: no more.

    The shape is that of a worker's duty. The database does it as the trail's owner.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_make_partitions(%s)", [MONTHS_AHEAD])
    return False

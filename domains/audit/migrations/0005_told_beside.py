"""What is read carries along whose it is, so that a receipt's subjects are found in the same pass as the answer.

A subquery has one column: its JSON and the ids found beside it travel as one value. `ids` are those of the first
place of the answer that it holds, `further` those of the others, as arrays of arrays need equal lengths.
"""

from django.db import migrations

TYPES = """
CREATE TYPE audit_ids AS (ids uuid[]);
CREATE TYPE audit_told AS (json text, ids uuid[], further audit_ids[]);
CREATE AGGREGATE audit_all(uuid[]) (SFUNC = array_cat, STYPE = uuid[]);
"""


class Migration(migrations.Migration):

    dependencies = [("audit", "0004_cheaper_receipts")]

    operations = [
        migrations.RunSQL(TYPES, "DROP AGGREGATE audit_all(uuid[]); DROP TYPE audit_told; DROP TYPE audit_ids;"),
    ]

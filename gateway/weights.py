"""What answering costs, in points: the weights that hold unless a field declares its own.

A point is about what one object costs that PostgreSQL reads and writes as JSON: one to two microseconds of a
processor. Plain columns come with their object and cost nothing; the same column a second time in one object
does, as does each row of a page.
"""

import strawberry
from strawberry.schema_directive import Location

OBJECT = 1  # a row, an object of a payload
CONNECTION = 1  # once for each parent, before its rows
COLUMN = 0
REPEATED_COLUMN = 1  # the same column of the same object under another name
SEALED = 2  # decrypted in Python
BATCH = 2  # computed in Python
CURSOR = 2  # sealed in Python
TOTAL_COUNT = 10  # every row behind a connection is counted
CONDITION = 10  # of a filter, for each parent: rows are compared that are not answered, and it is planned
OPERATION = 10  # a mutation, or a question about the gateway
INTROSPECTED = (
    0.025  # a field of the schema about the schema: from memory, though by graphql-core's own execution
)
LIST_SIZE_ASSUMED = 10  # objects in a payload's list, whose length is not known before


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description="What this field costs each time it is answered, in points, objects below it not included; "
    "after IBM's GraphQL Cost Directives. Where it is not written, the default for the kind of field holds.",
)
class Costed:
    """Prints a declared cost in the SDL."""

    weight: str

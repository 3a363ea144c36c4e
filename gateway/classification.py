"""What kind of data a coordinate holds, and what may be decided about it."""

from enum import Enum, IntEnum

import strawberry
from strawberry.schema_directive import Location


class Classification(Enum):
    """The kind of data that a coordinate holds; the policy decides by it."""

    PUBLIC = "PUBLIC"
    PERSONAL = "PERSONAL"
    CONTACT = "CONTACT"
    IDENTITY_NUMBER = "IDENTITY_NUMBER"
    FINANCIAL = "FINANCIAL"
    SECRET = "SECRET"


class Decision(IntEnum):
    """What a viewer gets of a coordinate, from least to most."""

    HIDE = 0
    MASK = 1
    SHOW = 2


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="classified",
    description="The kind of data that this field holds; access is decided by it.",
)
class Classified:
    """Prints a field's classification in the SDL."""

    kind: str = strawberry.directive_field(name="as")

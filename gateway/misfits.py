"""What is said of a value that does not fit its type: where it stands and what would fit, never the value.

graphql-core quotes it, and clients log what they are told; an input holds account numbers and PANs.
"""

import re
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSyntaxError,
    Undefined,
    ValueNode,
    ValuesOfCorrectTypeRule,
    get_named_type,
    is_leaf_type,
    specified_rules,
)

FITTING = {
    "Boolean": "expected true or false",
    "Float": "expected a number",
    "ID": "expected an id, as a text",
    "Int": "expected a whole number of 32 bits",
    "String": "expected a text",
}
OBJECT = "expected an object"
_NO_OBJECT = re.compile(r"Expected type '\w+' to be a mapping\.")
_NULL = re.compile(r"Expected non-nullable type '\S+' not to be None\.")
_BUILT_IN = re.compile(rf"({'|'.join(FITTING)}) cannot represent ")
# The end of what is said of an enum's value, with hints at values that there are.
_ENUM = re.compile(
    r"(?:' does not exist in '(?P<exists>\w+)' enum\.|^Enum '(?P<fits>\w+)' cannot represent .*\.)"
    r"(?P<hint> Did you mean the enum value '[\w', ]+\?)?$",
    re.DOTALL,
)
_QUOTED = re.compile(r"\b(String|BlockString|Int|Float) (?:'.*'|\".*\")", re.DOTALL)


def what_fits(message: str) -> str:
    """Return what the library or one of our scalars says of a value, without the value."""
    if found := _BUILT_IN.match(message):
        return FITTING[found[1]]
    if found := _ENUM.search(message):
        return f"expected a value of '{found['exists'] or found['fits']}'{_hint(found['hint'])}"
    if _NO_OBJECT.fullmatch(message):
        return OBJECT
    return "expected a value, not null" if _NULL.fullmatch(message) else message


def _hint(given: str | None) -> str:
    return f".{given}" if given else ""


def without_token(error: GraphQLSyntaxError) -> GraphQLSyntaxError:
    """Return a parser's error that names the kind of a literal which is out of place, and not what is in it."""
    error.message = _QUOTED.sub(r"\1", error.message)
    return error


class LiteralsFit(ValuesOfCorrectTypeRule):
    """The specification's "Values of Correct Type" (5.6.1), told with its place and without the value."""

    def is_valid_value_node(self, node: ValueNode) -> None:
        """Report a literal that its type does not take."""
        kind = self.context.get_input_type()
        if kind is None:
            return  # what is not known at all is another rule's
        named: Any = get_named_type(kind)
        try:
            fits = is_leaf_type(named) and named.parse_literal(node) is not Undefined
            reason = OBJECT
        except GraphQLError as error:
            fits, reason = False, what_fits(error.message)
        if not fits:
            self.report_error(GraphQLError(f"Invalid literal of type '{kind}': {_ended(reason)}", node))


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?")) else f"{sentence}."


RULES = tuple(LiteralsFit if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules)

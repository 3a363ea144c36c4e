"""Endpoints, read from files that hold one operation each, under comments that say where it is served.

    # GET /api/customers/{mobile}/kyc
    # answer: customer.kycProfile
    # What is known of a customer.
    query CustomerKyc($mobile: MobileNumber!) { … }

The first line is method and path, `answer` the place in the data that is answered (by default the root field),
`status` the HTTP status when it was done (by default 200); the rest is for people. A file that can't be served
fails at start.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeNode,
    parse,
    print_ast,
    validate,
)

FIRST_LINE = re.compile(r"# (GET|POST) (/api(?:/[a-z-]+|/\{[a-zA-Z]+\})+)")
PARAMETER = re.compile(r"\{([a-zA-Z]+)\}")
INPUT, KEY = "input", "idempotencyKey"


class Unservable(Exception):
    """A file that is no endpoint; the message names it and says why."""


@dataclass(frozen=True)
class Endpoint:
    """One operation at one method and path."""

    method: str
    path: str
    text: str
    operation: OperationDefinitionNode
    answer: tuple[str, ...]
    status: int
    description: str

    @property
    def name(self) -> str:
        """Return the operation's name."""
        assert self.operation.name is not None
        return self.operation.name.value

    @property
    def parameters(self) -> list[str]:
        """Return the names in the path."""
        return PARAMETER.findall(self.path)

    @property
    def variables(self) -> dict[str, str]:
        """Return the operation's variables: name -> type as it is written."""
        found = self.operation.variable_definitions or ()
        return {each.variable.name.value: _written(each.type) for each in found}


def read_endpoints(folder: Path, schema: GraphQLSchema) -> list[Endpoint]:
    """Return the endpoints of a folder's files in order of their names; raise Unservable."""
    found = [_read(file, schema) for file in sorted(folder.glob("*.graphql"))]
    places = [(each.method, PARAMETER.sub("{}", each.path)) for each in found]
    if twice := [place for place in places if places.count(place) > 1]:
        raise Unservable(f"{' '.join(twice[0])} is served by two files.")
    return found


def _read(file: Path, schema: GraphQLSchema) -> Endpoint:
    text = file.read_text("utf-8")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    first = FIRST_LINE.fullmatch(comments[0]) if comments else None
    if first is None:
        raise Unservable(f"{file.name} must begin with `# GET /api/…` or `# POST /api/…`.")
    try:
        document = parse(text)
        errors = validate(schema, document)
    except GraphQLError as error:
        errors = [error]
    if errors:
        raise Unservable(f"{file.name}: {errors[0].message}")
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if len(operations) != 1 or len(document.definitions) != 1 or operations[0].name is None:
        raise Unservable(f"{file.name} must hold one operation with a name, and no fragments.")
    told = dict(_told(comments[1:]))
    endpoint = Endpoint(
        method=first[1],
        path=first[2],
        text=text,
        operation=operations[0],
        answer=tuple(told.get("answer", _root(operations[0])).split(".")),
        status=int(told.get("status", "200")),
        description=" ".join(line[2:] for line in comments[1:] if not _told([line])),
    )
    _check(endpoint, file.name)
    return endpoint


def _check(endpoint: Endpoint, file: str) -> None:
    reads = endpoint.operation.operation is OperationType.QUERY
    if reads is not (endpoint.method == "GET"):
        raise Unservable(f"{file}: GET serves queries, POST mutations.")
    if INPUT not in endpoint.variables and (missing := set(endpoint.parameters) - endpoint.variables.keys()):
        raise Unservable(f"{file}: the operation has no variable ${min(missing)}.")
    selections: Iterable[object] = endpoint.operation.selection_set.selections
    for name in endpoint.answer:
        found = [each for each in selections if isinstance(each, FieldNode) and each.name.value == name]
        if not found or found[0].alias is not None or found[0].selection_set is None:
            raise Unservable(f"{file}: the operation selects no {'.'.join(endpoint.answer)}.")
        selections = found[0].selection_set.selections


def _root(operation: OperationDefinitionNode) -> str:
    first = operation.selection_set.selections[0]
    return first.name.value if isinstance(first, FieldNode) else ""


def _told(comments: list[str]) -> list[tuple[str, str]]:
    found = (re.fullmatch(r"# (answer|status): (\S+)", line) for line in comments)
    return [(each[1], each[2]) for each in found if each]


def _written(node: TypeNode) -> str:
    return print_ast(node)

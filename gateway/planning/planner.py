"""Documents become plans: decided, built, compiled once for each key, and kept in a bounded cache.

The key is the document's normal form, the operation, the viewer's profile (roles, not the viewer) and the
variables' shape. A cached plan is found by one dictionary look-up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from graphql import GraphQLError, OperationDefinitionNode, OperationType

from domains.audit.models import ReadShape
from gateway.access import Access, Policy
from gateway.classification import Classification, Decision
from gateway.documents import Document
from gateway.planning.batch import BatchField
from gateway.planning.builder import Builder
from gateway.planning.costs import Cost, Estimator
from gateway.planning.gathering import Gathered
from gateway.planning.levels import Level, Place
from gateway.planning.mapping import SchemaMapping
from gateway.planning.receipt import Receipt, decided, guarded, read_shape
from gateway.planning.runner import reconnecting
from gateway.planning.selection import Selected, Selection, Shapes
from gateway.planning.statement import Fragment, Statement, numbered
from gateway.remembered import Remembered
from gateway.slots import Leaf
from gateway.sources import Operation, Question
from gateway.viewer import Profile

PLANS_KEPT_MAX = 1_000
PLANS_KEPT_FIELDS_MAX = 25_000  # that they select, and FIELDS_OF_A_PLAN for each; one takes some 700 bytes
FIELDS_OF_A_PLAN = 10  # what a plan takes however little it selects
PROFILES_KEPT_MAX = 500  # roles and scopes that somebody has together

Guard = Callable[[Profile], "QuerySet[Any] | None"]


@dataclass(frozen=True)
class Read:
    """One root field that a statement answers."""

    key: str
    statement: Statement
    batches: tuple[BatchField, ...]
    errors: tuple[GraphQLError, ...]
    personal: bool = False  # whether it discloses anybody's data
    decisions: Mapping[str, int] = field(default_factory=dict)  # decision on others' rows -> coordinates
    is_receipted: bool = False
    by_masked_key: bool = False  # whether it finds something by a key that is masked for the viewer


@dataclass(frozen=True)
class Constant:
    """A root field whose answer is known without asking: `__typename`."""

    key: str
    json: bytes


@dataclass(frozen=True)
class Introspection:
    """A root field about the schema itself, answered by graphql-core."""

    key: str
    selected: Selected


@dataclass(frozen=True)
class Change:
    """A root field that Python answers, and the statements that read what its payload names, by path."""

    key: str
    selected: Selected
    source: Operation | Question
    reads: Mapping[tuple[str, ...], Read]


Root = Read | Constant | Introspection | Change


@dataclass(frozen=True)
class Plan:
    """How one operation is answered for one profile: its root fields in order."""

    operation_name: str
    is_mutation: bool
    roots: tuple[Root, ...]
    needs_purpose: bool = False  # whether the viewer must have stated a purpose
    masked_keys: int = 0  # how many root fields find something by a key that is masked for the viewer


@dataclass
class Sketch:
    """What an operation selects and costs, and its plan once that was built."""

    roots: list[Selected]
    cost: Cost
    plan: Plan | None = None


class Planner:
    """Makes and keeps the plans of one schema under one policy."""

    def __init__(self, mapping: SchemaMapping, policy: Policy, *, guard: Guard) -> None:
        self.mapping, self.policy, self.guard = mapping, policy, guard
        self.estimator = Estimator(mapping)
        self.kept: Remembered[object, Sketch] = Remembered(
            number_max=PLANS_KEPT_MAX, weight_max=PLANS_KEPT_FIELDS_MAX
        )
        self._access: Remembered[Profile, Access] = Remembered(
            number_max=PROFILES_KEPT_MAX, weight_max=PROFILES_KEPT_MAX
        )
        self.built = 0  # plans made since the start

    def shapes(self, document: Document, operation: OperationDefinitionNode) -> Shapes:
        """Return what of an operation's variables shapes its plans; computed once for each document."""
        name = operation.name.value if operation.name else ""
        found = document.shapes.get(name)
        if found is None:
            found = document.shapes[name] = Shapes(self.mapping, document, operation)
        return found

    def sketch(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        *,
        profile: Profile,
        variables: Mapping[str, Any],
    ) -> Sketch:
        """Return the sketch for an operation, a profile and the shape of the coerced variables."""
        name = operation.name.value if operation.name else ""
        shapes = self.shapes(document, operation)
        key = (document.normal, name, profile, shapes.of(variables))
        if (sketch := self.kept.get(key)) is not None:
            return sketch
        selection = Selection(self.mapping, document, operation, shapes.outlines(variables))
        roots = selection.roots()
        sketch = Sketch(roots, self.estimator.cost(roots))
        weight = FIELDS_OF_A_PLAN + selection.fields  # all were selected for the cost
        self.kept.keep(key, sketch, weight=weight)
        return sketch

    def plan(
        self, sketch: Sketch, document: Document, operation: OperationDefinitionNode, *, profile: Profile
    ) -> Plan:
        """Return the plan of a sketch, built when it is first asked for."""
        roots = sketch.roots  # before the plan is looked for: another thread may build it at this moment
        if sketch.plan is None:
            sketch.plan = self._build(roots, document, operation, profile)
            sketch.roots = [root.alone() for root in roots]  # half of what it takes stands below them
            self.built += 1
        return sketch.plan

    def access(self, profile: Profile) -> Access:
        """Return the policy as it stands for a profile."""
        if (access := self._access.get(profile)) is None:
            access = Access(self.policy, profile)
            self._access.keep(profile, access, weight=1)
        return access

    def levels(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        *,
        profile: Profile,
        variables: Mapping[str, Any],
    ) -> list[Level]:
        """Return the levels that a query's root fields would have, without compiling or keeping anything."""
        found = []
        for selected in Selection(self.mapping, document, operation, variables).roots():
            if selected.mapping is None or isinstance(selected.mapping.spec.source, (Operation, Question)):
                continue
            gathered = Builder(self.mapping, self.access(profile)).root(selected)
            if gathered is not None:
                found.append(gathered.level)
        return found

    def _build(
        self,
        roots: list[Selected],
        document: Document,
        operation: OperationDefinitionNode,
        profile: Profile,
    ) -> Plan:
        is_mutation = operation.operation is OperationType.MUTATION
        alone = len(roots) == 1 and not is_mutation
        name = operation.name.value if operation.name else ""
        built = tuple(self._root(selected, document, name, profile, alone=alone) for selected in roots)
        access = self.access(profile)
        personal = any(read.personal for root in built for read in _reads_of_others(root, access))
        return Plan(
            operation_name=name,
            is_mutation=is_mutation,
            roots=built,
            needs_purpose=personal and access.must_state_purpose(),
            masked_keys=sum(isinstance(root, Read) and root.by_masked_key for root in built),
        )

    def _root(
        self, selected: Selected, document: Document, name: str, profile: Profile, *, alone: bool
    ) -> Root:
        if selected.name == "__typename":
            return Constant(selected.key, f'"{selected.parent.name}"'.encode())
        if selected.name in ("__schema", "__type"):
            return Introspection(selected.key, selected)
        assert selected.mapping is not None, f"{selected.coordinate} has no declaration"
        source = selected.mapping.spec.source
        if isinstance(source, (Operation, Question)):
            return Change(
                selected.key, selected, source, dict(self._payload(selected, document, name, profile))
            )
        build = partial(Builder.root, selected=selected)
        return self._read(selected, document, name, profile, build, alone=alone)

    def _payload(
        self, selected: Selected, document: Document, name: str, profile: Profile
    ) -> list[tuple[tuple[str, ...], Read]]:
        """Return the statements for the entities that a payload names by their keys."""
        reads: list[tuple[tuple[str, ...], Read]] = []
        for selections in selected.children.by_type.values():
            for child in selections:
                entity = self.mapping.entities.get(child.kind.name) if child.kind is not None else None
                if entity is None:
                    reads += self._payload(child, document, name, profile)
                    continue
                leaf = Leaf(("key", child.path), _payload_key(child.path), None)
                build = partial(Builder.by_key, entity=entity, selected=child, key=leaf)
                read = self._read(child, document, name, profile, build, alone=False)
                reads.append((child.path, read))
        return reads

    def _read(
        self,
        selected: Selected,
        document: Document,
        name: str,
        profile: Profile,
        build: Callable[[Builder], Gathered | None],
        *,
        alone: bool,
    ) -> Read:
        """Build one statement; one that shares its transaction (it is not `alone`) is always durable."""
        builder = Builder(self.mapping, self.access(profile))
        found = build(builder)
        guard = self.guard(profile)
        if found is None:
            return self._written(selected, builder, guarded(None, guard))
        shape = read_shape(document.normal, selected.key, found.level)
        places = found.level.places()
        if not places:
            return self._written(selected, builder, guarded(found, guard), shape=shape)
        if profile.kind != "ANONYMOUS":  # who is shown nothing may not fill a table
            reconnecting(lambda: ReadShape.objects.bulk_create([shape], ignore_conflicts=True))
        receipt = Receipt(
            shape=shape,
            field=selected.key,
            operation_name=name,
            profile=profile,
            sought=builder.sought,
            announced=builder.is_announced,
            durable=not alone or self._must_last(found.level),
        )
        return self._written(selected, builder, receipt.around(found, guard), shape=shape, places=places)

    def _written(
        self,
        selected: Selected,
        builder: Builder,
        answer: Fragment,
        *,
        shape: ReadShape | None = None,
        places: Sequence[Place] = (),
    ) -> Read:
        """Return a root field with its statement and what comes with it."""
        return Read(
            key=selected.key,
            statement=numbered(answer.sql, answer.params),
            batches=tuple(builder.batches),
            errors=tuple(builder.errors),
            personal=any(not place.is_keys for place in places),
            decisions=decided(shape) if shape is not None else {},
            is_receipted=bool(places),
            by_masked_key=builder.by_masked_key,
        )

    def _must_last(self, root: Level) -> bool:
        """Tell whether a receipt must be on disk before the answer leaves: what is sensitive is shown in clear."""
        if settings.AUDIT_DURABLE_RECEIPTS == "every":
            return True
        classified = {name: field.spec.classification for name, field in self.mapping.fields.items()}
        return any(
            Decision.SHOW in (decision.own, decision.others)
            and classified[coordinate] is not Classification.PUBLIC
            for level in root.all()
            for coordinate, decision in level.disclosed.items()
        )


def _reads_of_others(root: Root, access: Access) -> Iterable[Read]:
    """Return what a root field reads of anybody: not what a viewer asks about themselves, nor may not run."""
    if isinstance(root, Change):
        runs = isinstance(root.source, Operation) and access.may_run(root.selected.name)
        return root.reads.values() if runs else ()
    return (root,) if isinstance(root, Read) else ()


def _payload_key(path: tuple[str, ...]) -> Any:
    name = "key:" + ".".join(path)
    return lambda bindings: bindings.variables[name]

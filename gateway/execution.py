"""Carries a plan out: what it reads in one snapshot, then its mutations, one after the other.

Whether the viewer's credential holds is asked before anything is done: by each statement itself, by an idempotent
mutation that is alone in its request, and ahead of all others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import strawberry
from graphql import GraphQLError, OperationDefinitionNode, OperationType

from gateway import introspection
from gateway.answer import Pieces
from gateway.authentication import holds, revoked
from gateway.documents import Document
from gateway.failures import coded
from gateway.mutations import Mutations, record_refusal
from gateway.planning.batch import finish
from gateway.planning.planner import Change, Constant, Introspection, Plan, Planner, Read, Root
from gateway.planning.runner import run
from gateway.planning.selection import Selected
from gateway.slots import Bindings
from gateway.sources import Operation, Question
from gateway.viewer import ANONYMOUS, Viewer


class Execution:
    """Carries out the plans of one schema."""

    def __init__(self, schema: strawberry.Schema, planner: Planner) -> None:
        self.schema, self.planner = schema._schema, planner
        self.mutations = Mutations(schema)

    def carried_out(
        self,
        plan: Plan,
        bindings: Bindings,
        document: Document,
        operation: OperationDefinitionNode,
        *,
        given: Mapping[str, Any],
        asker: Callable[[], Any],
    ) -> tuple[list[tuple[str, Pieces]], list[GraphQLError]]:
        """Return the bytes of each root field by its key, in order, and the errors of fields.

        `given` are the variables as they came; `asker` makes who asks, for a question about the gateway itself.
        Raises RequestError `UNAUTHENTICATED` when the viewer's credential holds no more, and what `run` raises.
        """
        errors: list[GraphQLError] = []
        changes = [root.selected for root in plan.roots if isinstance(root, Change)]
        asks_itself = len(plan.roots) == 1 and self._asks_itself(plan.roots[0], bindings.viewer)
        ask_first = changes and not asks_itself and not self.runs_for_anyone(operation, changes)
        if ask_first and not holds(bindings.viewer):
            raise revoked(bindings.viewer)
        read = _read(plan, bindings, errors)
        found: list[tuple[str, Pieces]] = []
        for root in plan.roots:
            if isinstance(root, Read):
                found.append((root.key, read[root.key]))
            elif isinstance(root, Constant):
                found.append((root.key, (root.json,)))
            elif isinstance(root, Introspection):
                json = introspection.answer(self.schema, document, operation, root.selected, dict(given))
                found.append((root.key, (json,)))
            else:
                json, failed = self._change(root, bindings, asker, alone=asks_itself)
                found.append((root.key, (json,)))
                errors += failed
        return found, errors

    def runs_for_anyone(self, operation: OperationDefinitionNode, roots: Sequence[Selected]) -> bool:
        """Tell whether an operation is of mutations that whoever asks may run, signed in or not."""
        nobody = self.planner.access(ANONYMOUS.profile)
        return operation.operation is OperationType.MUTATION and all(
            root.mapping is None or nobody.may_run(root.name) for root in roots
        )

    def _asks_itself(self, root: Root, viewer: Viewer) -> bool:
        """Tell whether a root field will ask by itself whether the credential holds, before anything is done."""
        return (
            isinstance(root, Change)
            and isinstance(root.source, Operation)
            and root.source.idempotent
            and self.planner.access(viewer.profile).may_run(root.selected.name)
        )

    def _change(
        self, root: Change, bindings: Bindings, asker: Callable[[], Any], *, alone: bool
    ) -> tuple[bytes, list[GraphQLError]]:
        """Run a mutation that the policy grants to the viewer, or answer a question about the gateway."""
        name = root.selected.name
        if isinstance(root.source, Question):
            return self.mutations.answer(root, bindings, asker())
        if not self.planner.access(bindings.viewer.profile).may_run(name):
            record_refusal(bindings, operation=name)
            return b"null", [coded(f"You may not run {name}.", "NOT_ALLOWED", path=[root.key])]
        return self.mutations.answer(root, bindings, alone=alone)


def _read(plan: Plan, bindings: Bindings, errors: list[GraphQLError]) -> dict[str, Pieces]:
    """Run the statements of a query, all in one snapshot; finish and return their bytes by key."""
    reads = [root for root in plan.roots if isinstance(root, Read)]
    if not reads:
        return {}
    rows = run([root.statement for root in reads], bindings)
    found: dict[str, Pieces] = {}
    for root, (valid, data) in zip(reads, rows, strict=True):
        if not valid:
            raise revoked(bindings.viewer)
        if data is None:
            found[root.key] = (b"null",)
            continue
        found[root.key], failed = finish(data, root.batches, root=root.key, record=bindings.record)
        errors += [*root.errors, *failed]
    return found

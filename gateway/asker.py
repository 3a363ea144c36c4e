"""Who asks the gateway about itself, and what is explained to them: access, theirs or that of a role."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import OperationDefinitionNode

from domains.kernel.actor import Actor
from gateway import introspection
from gateway.access_explanation import AccessExplanation, explain_access, profile_as
from gateway.deadlines import Deadline
from gateway.documents import Document
from gateway.failures import RequestError
from gateway.limits import check_variables
from gateway.planning.costs import check_cost
from gateway.slots import Bindings
from gateway.variables import coerced_variables
from gateway.viewer import Viewer

if TYPE_CHECKING:
    from gateway.pipeline import Gateway


@dataclass(frozen=True)
class Asker:
    """Who asks the gateway about itself: what a question about access is answered with."""

    gateway: "Gateway"
    viewer: Viewer
    points_max: int | None = None  # what one request of the viewer's may cost
    sees_schema: bool = False
    actor: Actor | None = None  # the viewer, for what a question has to record

    def access(
        self, text: str, operation_name: str | None, variables: Mapping[str, Any], role: str | None
    ) -> list[AccessExplanation]:
        """Explain the access of an operation for the viewer, or as another role.

        What may not be run may not be explained either: the same limits hold.
        """
        try:
            return self._access(text, operation_name, variables, role)
        except RequestError as refusal:
            if not self.sees_schema:
                introspection.without_hints(refusal.errors)
            raise

    def _access(
        self, text: str, operation_name: str | None, variables: Mapping[str, Any], role: str | None
    ) -> list[AccessExplanation]:
        gateway, planner = self.gateway, self.gateway.planner
        profile = profile_as(planner, self.viewer, role)
        mode = gateway.modes.of(self.viewer)
        document = gateway.documents.read(gateway.stored.asked(text, None, mode=mode, correlation_id=""))
        operation = document.operation(operation_name)
        check_variables(variables, gateway.limits)
        coerced = coerced_variables(gateway.schema, document, operation, variables)
        sketch = planner.sketch(document, operation, profile=profile, variables=coerced)
        check_cost(sketch.cost, Bindings(coerced, self.viewer, {}, Deadline()), allowed=self.points_max)
        return explain_access(planner, document, operation, profile=profile, variables=coerced)

    def explained(
        self, document: Document, operation: OperationDefinitionNode, *, variables: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Return the explanation of an operation that is being answered, for its extensions."""
        profile = self.viewer.profile
        planner = self.gateway.planner
        lines = explain_access(planner, document, operation, profile=profile, variables=variables)
        return [
            {
                "path": line.path,
                "coordinate": line.coordinate,
                "classification": line.classification,
                "own": line.own.name,
                "others": line.others.name,
                "rule": line.rule,
                "grantedTo": line.granted_to,
            }
            for line in lines
        ]

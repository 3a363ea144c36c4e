"""The way of a request, and the only place where its order is written:

authentication → documents → limits → plan → execute → answer. The view stands before it; tracing, metrics and
logs read the record after it.
"""

import logging
import time
from typing import Any
from uuid import UUID

import strawberry
from django.conf import settings
from graphql import OperationDefinitionNode, OperationType

from domains.kernel import trace
from domains.kernel.outages import outage
from gateway import introspection, tracing
from gateway.access import Policy
from gateway.addresses import TrustedProxies
from gateway.afterwards import afterwards
from gateway.answer import Answer, encoded, with_data, without_data
from gateway.asker import Asker
from gateway.authentication import (
    Authentication,
    Credentials,
    CustomerOf,
    still_valid,
    unauthenticated,
)
from gateway.deadlines import Deadline
from gateway.documents import Documents
from gateway.execution import Execution
from gateway.failures import RequestError, refuse
from gateway.limits import Limits, check_variables
from gateway.mutations import actor_of, internal
from gateway.planning.costs import Cost, check_cost
from gateway.planning.explanation import explained
from gateway.planning.mapping import SchemaMapping
from gateway.planning.planner import Plan, Planner, Read
from gateway.planning.runner import reconnecting, unavailable
from gateway.planning.selection import Selected
from gateway.rates.bill import Bill, Rates
from gateway.rates.masked_keys import take_masked_keys
from gateway.record import RequestRecord
from gateway.refusals import Refusals
from gateway.request import Request
from gateway.slots import Bindings
from gateway.sources import Operation
from gateway.stored import Mode, Modes, StoredDocuments
from gateway.tiers import Tiers
from gateway.variables import coerced_variables
from gateway.viewer import ANONYMOUS, Viewer

log = logging.getLogger("gateway.pipeline")


class Gateway:
    """Answers requests over one schema under one policy."""

    def __init__(
        self,
        schema: strawberry.Schema,
        policy: Policy,
        *,
        customer_of: CustomerOf,
        limits: Limits | None = None,
        rates: Rates | None = None,
        modes: Modes | None = None,
        visibility: introspection.Visibility | None = None,
    ) -> None:
        self.schema = schema._schema
        self.limits = limits or Limits.configured()
        self.rates = rates or Rates(Tiers.configured())
        self.proxies = TrustedProxies.configured()
        self.visibility = visibility or introspection.Visibility.configured()
        self.documents = Documents(self.schema, self.limits)
        self.stored, self.modes = StoredDocuments(), modes or Modes.configured()
        self.authentication = Authentication(customer_of=customer_of)
        self.planner = Planner(SchemaMapping(self.schema), policy, guard=still_valid)
        self.execution = Execution(schema, self.planner)
        self.refusals = Refusals()

    def answer(self, request: Request, viewer: Viewer | None = None) -> Answer:
        """Answer a request; `viewer` stands in for authentication when the program itself asks."""
        record = tracing.begun(request.traceparent, correlation_id=request.correlation_id)
        standing = trace.stand(record.place)
        bill = Bill(self.rates, request.address)
        try:
            answer = self._answer(request, record, bill, viewer)
        except RequestError as error:
            bill.pay_refusal()
            self.refusals.note(error.code, bill.payer, request.address, record)
            answer = self._refused(error, record)
        except Exception as error:
            if outage.explains(error) and record.operation_type != "mutation":
                refusal = unavailable()
            else:
                log.exception("A request failed.")
                refusal = RequestError([internal(record.correlation_id)], status=500)
            answer = self._refused(refusal, record)
        answer.headers.update(bill.header_fields())
        record.status, record.answer_bytes = answer.status, len(answer.body)
        record.ended_ns = time.time_ns()
        trace.leave(standing)
        afterwards.take(record)
        return answer

    def viewer_of(self, request: Request) -> Viewer:
        """Return who asks. Raises RequestError `UNAUTHENTICATED` when the credentials do not hold."""
        return self.authentication.viewer(_credentials(request), purpose=request.purpose)

    def confined_to(self, viewer: Viewer) -> UUID | None:
        """Return the customer to whom all belongs that a viewer may see; None if they may see others', too."""
        return viewer.customer_id if self.planner.access(viewer.profile).sees_only_own() else None

    def _answer(self, request: Request, record: RequestRecord, bill: Bill, viewer: Viewer | None) -> Answer:
        deadline, refusal = Deadline(), None
        with record.step("authentication"):
            if viewer is None:
                viewer, refusal = self._authenticated(request)
            record.viewer_kind = viewer.kind
            record.sees_schema = self.visibility.includes(viewer)
            bill.name_payer(viewer)
        with record.step("documents"):
            text = self.stored.asked(
                request.text,
                request.document_id,
                mode=Mode.ALLOW_ALL if request.ours else self.modes.of(viewer),
                correlation_id=record.correlation_id,
            )
            document = self.documents.read(text)
            operation = document.operation(request.operation_name)
            record.document_id = document.id
            record.operation_type = operation.operation.value
            record.operation_name = operation.name.value if operation.name else ""
        with record.step("limits"):
            self._check(operation, request)
            variables = coerced_variables(self.schema, document, operation, request.variables)
            marks = self._marks(request, record)
            profile, bindings = viewer.profile, Bindings(variables, viewer, marks, deadline, record)
            sketch = self.planner.sketch(document, operation, profile=profile, variables=variables)
            if refusal is not None and not self.execution.runs_for_anyone(operation, sketch.roots):
                raise refusal
            introspection.check_introspection(sketch.roots, visible=record.sees_schema)
            if viewer.kind == "ANONYMOUS" and any(_needs_viewer(root) for root in sketch.roots):
                raise unauthenticated("Say who asks: send an access token in the Authorization header.")
            if "cost" in request.explain:
                return self._cost_explained(sketch.cost, bindings, bill, record)
            record.points_max = bill.request_points_max
            record.cost = check_cost(sketch.cost, bindings, allowed=record.points_max)
            bill.pay(record.cost)
        with record.step("plan"):
            record.plan_built = sketch.plan is None
            plan = record.plan = self.planner.plan(sketch, document, operation, profile=profile)
            if plan.needs_purpose and not viewer.purpose:
                raise refuse(
                    "Say in the header X-Purpose why you read this: your role has to.",
                    "PURPOSE_REQUIRED",
                    status=403,
                )
            if plan.masked_keys:
                take_masked_keys(viewer, plan.masked_keys)
        with record.step("execute"):
            found, errors = self.execution.carried_out(
                plan,
                bindings,
                document,
                operation,
                given=request.variables,
                asker=lambda: Asker(self, viewer, record.points_max, record.sees_schema, actor_of(bindings)),
            )
        self.authentication.keys.used(viewer)
        with record.step("answer"):
            extensions: dict[str, Any] = {
                "correlationId": record.correlation_id,
                "cost": {"estimated": record.cost, "remaining": bill.remaining},
            }
            if "plan" in request.explain:
                extensions["plan"] = self._explanation(plan, bindings)
            if "access" in request.explain:
                asker = Asker(self, viewer)
                extensions["access"] = asker.explained(document, operation, variables=variables)
            if errors:
                record.code = str((errors[0].extensions or {}).get("code", "ERROR"))
            return Answer(with_data(found, errors, extensions), 200, {})

    def _authenticated(self, request: Request) -> tuple[Viewer, RequestError | None]:
        """Return who asks; of an access token that does not hold, nobody, and the refusal for whatever needs one.

        A client that signs in or refreshes sends its last token along: that must not stand in its way.
        """
        try:
            return reconnecting(
                lambda: self.authentication.viewer(_credentials(request), purpose=request.purpose)
            ), None
        except RequestError as refusal:
            is_token = (request.authorization or "").lower().startswith("bearer ") and not request.api_key
            if refusal.code != "UNAUTHENTICATED" or not is_token:
                raise
            return ANONYMOUS, refusal

    def _cost_explained(self, cost: Cost, bindings: Bindings, bill: Bill, record: RequestRecord) -> Answer:
        """Answer what an operation would cost and where; nothing is planned or executed."""
        bill.pay(0)
        told = {
            "estimated": cost.points(bindings),
            "allowed": bill.request_points_max,
            "remaining": bill.remaining,
            "tier": bill.tier_name,
            "breakdown": cost.breakdown(bindings),
        }
        extensions = {"correlationId": record.correlation_id, "cost": told}
        return Answer(encoded({"data": None, "extensions": extensions}), 200, {})

    def _check(self, operation: OperationDefinitionNode, request: Request) -> None:
        is_subscription = operation.operation is OperationType.SUBSCRIPTION
        if is_subscription is not (request.announced is not None):
            where = "by the live feed, at /graphql/stream" if is_subscription else "at /graphql"
            raise refuse(f"A {operation.operation.value} is served {where}.", "OPERATION_NOT_SUPPORTED")
        if request.read_only and operation.operation is OperationType.MUTATION:
            error = refuse(
                "A GET may carry a query only: send mutations by POST.", "METHOD_NOT_ALLOWED", status=405
            )
            error.headers["Allow"] = "POST"
            raise error
        check_variables(request.variables, self.limits)

    def _marks(self, request: Request, record: RequestRecord) -> dict[str, Any]:
        return {
            "operation_name": record.operation_name,
            "document_id": record.document_id,
            "correlation_id": record.correlation_id,
            "trace_id": record.trace_id,
            "address": request.address,
            "announced": request.announced,
        }

    def _explanation(self, plan: Plan, bindings: Bindings) -> list[dict[str, Any]] | dict[str, Any]:
        """Return each statement with its plan, or why they are not shown: the answer itself stands."""
        if not settings.DEBUG and not self.planner.access(bindings.viewer.profile).may_explain():
            return {"code": "NOT_ALLOWED", "message": "You may not see statements and their plans."}
        return [explained(root, bindings) for root in plan.roots if isinstance(root, Read)]

    def _refused(self, error: RequestError, record: RequestRecord) -> Answer:
        record.code = error.code
        errors = error.errors if record.sees_schema else introspection.without_hints(error.errors)
        body = without_data(errors, {"correlationId": record.correlation_id})
        return Answer(body, error.status, error.headers)


def _credentials(request: Request) -> Credentials:
    return Credentials(
        authorization=request.authorization,
        api_key=request.api_key,
        address=request.address,
        correlation_id=request.correlation_id,
    )


def _needs_viewer(root: Selected) -> bool:
    """Tell whether a root field may only be asked by somebody; mutations have rules of their own."""
    return root.mapping is not None and not isinstance(root.mapping.spec.source, Operation)

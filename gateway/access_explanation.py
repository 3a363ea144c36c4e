"""Why a viewer gets what they get: each coordinate's decision, its rule, and who is shown it.

Nothing is executed and nothing compiled: the levels that a plan would have are built and read.
"""

from collections.abc import Mapping
from typing import Any

import strawberry
from graphql import OperationDefinitionNode

from gateway.access import OWN_ROWS
from gateway.classification import Decision
from gateway.documents import Document
from gateway.failures import refuse
from gateway.planning.levels import Level
from gateway.planning.planner import Planner
from gateway.viewer import Profile, Viewer

AccessDecision = Decision
strawberry.enum(
    AccessDecision,
    name="AccessDecision",
    description="What a viewer gets of a coordinate, from least to most.",
)


@strawberry.type(description="What a viewer gets of one coordinate at one place of an operation, and why.")
class AccessExplanation:
    """What a viewer gets of one coordinate at one place of an operation, and why."""

    path: str = strawberry.field(description="The place in the answer, response keys joined by dots.")
    coordinate: str = strawberry.field(description="The coordinate, `Type.field`.")
    classification: str = strawberry.field(description="What kind of data it holds.")
    own: AccessDecision = strawberry.field(description="What the viewer gets of their own data.")
    others: AccessDecision = strawberry.field(description="What the viewer gets of others' data.")
    rule: str = strawberry.field(description="The rule that decided about others' data.")
    granted_to: list[str] = strawberry.field(description="The roles that are shown it in clear.")


def explain_access(
    planner: Planner,
    document: Document,
    operation: OperationDefinitionNode,
    *,
    profile: Profile,
    variables: Mapping[str, Any],
) -> list[AccessExplanation]:
    """Return the explanation of every coordinate that the operation selects, in the order of the answer.

    Raises RequestError where the operation would be refused as a whole (a filter on what is not shown).
    """
    levels = planner.levels(document, operation, profile=profile, variables=variables)
    return [line for level in levels for line in _lines(planner, level)]


def _lines(planner: Planner, level: Level) -> list[AccessExplanation]:
    place = ".".join(level.path)
    lines = []
    for coordinate, decision in level.disclosed.items():
        spec = planner.mapping.fields[coordinate].spec
        lines.append(
            AccessExplanation(
                path=place,
                coordinate=coordinate,
                classification=spec.classification.value,
                own=decision.own,
                others=decision.others,
                rule=decision.rule,
                granted_to=shown_to(planner, coordinate),
            )
        )
    for child in level.children:
        lines += _lines(planner, child)
    return lines


def shown_to(planner: Planner, coordinate: str) -> list[str]:
    """Return the roles that are shown a coordinate of others in clear."""
    classification = planner.mapping.fields[coordinate].spec.classification
    profiles = {role: Profile("USER", frozenset({role})) for role in sorted(planner.policy.roles)}
    return [
        role
        for role, profile in profiles.items()
        if planner.access(profile).decide(coordinate, classification).others is Decision.SHOW
    ]


def profile_as(planner: Planner, viewer: Viewer, role: str | None) -> Profile:
    """Return the profile to explain for: the viewer's, or that of a role if the viewer may ask for it."""
    if role is None:
        return viewer.profile
    if not planner.access(viewer.profile).may_explain():
        raise refuse("You may not ask what another role is shown.", "NOT_ALLOWED", status=403)
    if role not in planner.policy.roles:
        known = ", ".join(sorted(planner.policy.roles))
        raise refuse(f"There is no role {role!r}; there are {known}.", "UNKNOWN_ROLE")
    return Profile("USER", frozenset({role}), is_customer=planner.policy.rows.get(role) is OWN_ROWS)

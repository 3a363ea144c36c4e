"""Who may see what: decided once for each plan, by role and classification, and by row through its subject.

The policy itself is handed in by `schema`. A viewer with several roles gets the most that one of them gives.
What is not granted is hidden.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import Q

from domains.identity.scopes import covers
from gateway.classification import Classification, Decision
from gateway.slots import viewer_slot
from gateway.viewer import Profile

Decisions = Mapping[Classification, Decision]


class Rows:
    """Which rows a role sees: every one, none, those of some subjects, or those of which a condition holds.

    `of_subject` takes the path to the person whose data a row is; `of_row` needs none.
    """

    def __init__(
        self,
        name: str,
        of_subject: Callable[[str], Q] | None = None,
        *,
        of_row: Callable[[], Q] | None = None,
    ) -> None:
        self.name, self.of_subject, self.of_row = name, of_subject, of_row

    def condition(self, subject: str | None) -> Q | None:
        """Return the condition on the rows of an entity whose subject lies there; None if it selects none."""
        if self.of_row is not None:
            return self.of_row()
        return None if self.of_subject is None or subject is None else self.of_subject(subject)

    def __repr__(self) -> str:
        return f"Rows.{self.name}"


EVERY_ROW = Rows("EVERY")
NO_ROW = Rows("NONE")
ANYONE = "anyone"  # stands among a mutation's roles: whoever asks, signed in or not
EVERY_USER = "every user"  # likewise: whoever is signed in as a user, whatever their roles
OWN_ROWS = Rows("OWN", lambda subject: Q(**{subject: viewer_slot("customer_id")}))


@dataclass(frozen=True)
class Policy:
    """What each role may see.

    `own` is what a viewer sees of their own data; `roles` what each role sees of others'; `exceptions` replace
    both for (role, coordinate). `rows` says whose rows a role sees; `entity_rows` replaces it by (entity, role),
    where a role that is not named sees none. An API key needs the scope `<resource>:read` of an entity and
    `<resource>:write` of a mutation; what `resources` does not name is closed to keys.
    """

    own: Decisions
    roles: Mapping[str, Decisions]
    rows: Mapping[str, Rows]
    entity_rows: Mapping[str, Mapping[str, Rows]] = field(default_factory=dict)
    exceptions: Mapping[tuple[str, str], Decision] = field(default_factory=dict)
    mutations: Mapping[str, frozenset[str]] = field(default_factory=dict)  # name -> roles that may run it
    resources: Mapping[str, str] = field(
        default_factory=dict
    )  # entity or mutation -> resource of a key's scope
    lookups: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # root -> roles, though its key is masked
    explainers: frozenset[str] = frozenset()  # roles that may see a statement and its plan
    state_purpose: frozenset[str] = frozenset()  # roles that must say why they read anybody's data


@dataclass(frozen=True)
class FieldDecision:
    """What a viewer gets of a coordinate, of their own row and of others', and the rule that decided."""

    own: Decision
    others: Decision
    rule: str

    @property
    def uniform(self) -> bool:
        """Tell whether it does not depend on the row."""
        return self.own is self.others


class Access:
    """The policy as it stands for one profile."""

    def __init__(self, policy: Policy, profile: Profile) -> None:
        self.policy, self.profile = policy, profile
        self.decide = lru_cache(maxsize=4096)(self._decide)

    def _decide(self, coordinate: str, classification: Classification) -> FieldDecision:
        if not self.in_scope(entity := coordinate.partition(".")[0], "read"):
            rule = f"the key's scopes leave out {self.policy.resources.get(entity, entity)}:read"
            return FieldDecision(own=Decision.HIDE, others=Decision.HIDE, rule=rule)
        best, rule = Decision.HIDE, "nothing grants it"
        own: Decision | None = None
        for role in sorted(self.profile.roles):
            decision = self.policy.exceptions.get((role, coordinate))
            source = f"{role} on {coordinate}"
            if decision is not None:
                own = decision if own is None else max(own, decision)
            else:
                decision = self.policy.roles.get(role, {}).get(classification, Decision.HIDE)
                source = f"{role} on {classification.value}"
            if decision > best:
                best, rule = decision, source
        if own is None and self.profile.is_customer:
            own = self.policy.own.get(classification, Decision.HIDE)
        return FieldDecision(own=best if own is None else max(best, own), others=best, rule=rule)

    def rows(self, entity: str, *, subject: str | None) -> Q | bool:
        """Return the condition on rows of an entity: True for every row, False for none.

        `subject` is the path to the person whose data a row is. Entities of nobody are visible to
        every role unless the policy names them.
        """
        if not self.in_scope(entity, "read"):
            return False
        named = self.policy.entity_rows.get(entity)
        condition: Q | bool = False
        for role in sorted(self.profile.roles):
            rows = named.get(role, NO_ROW) if named is not None else self.policy.rows.get(role, NO_ROW)
            if rows is EVERY_ROW or (named is None and subject is None):
                return True
            if (found := rows.condition(subject)) is not None:
                condition = condition | found if isinstance(condition, Q) else found
        return condition

    def sees_only_own(self) -> bool:
        """Tell whether every row that the viewer sees is their own."""
        rows = [self.policy.rows.get(role, NO_ROW) for role in self.profile.roles]
        return all(found in (OWN_ROWS, NO_ROW) for found in rows)

    def may_run(self, mutation: str) -> bool:
        """Tell whether the viewer may run a mutation."""
        granted = self.policy.mutations.get(mutation, frozenset())
        if ANYONE in granted or (EVERY_USER in granted and self.profile.kind == "USER"):
            return True
        return bool(self.profile.roles & granted) and self.in_scope(mutation, "write")

    def may_look_up(self, root: str) -> bool:
        """Tell whether the viewer may find something by a key that they are not shown in clear."""
        return bool(self.profile.roles & self.policy.lookups.get(root, frozenset()))

    def may_explain(self) -> bool:
        """Tell whether the viewer may see a statement and its plan; a key never does."""
        return self.profile.scopes is None and bool(self.profile.roles & self.policy.explainers)

    def must_state_purpose(self) -> bool:
        """Tell whether the viewer must say why they read anybody's data; the program itself always does."""
        return self.profile.kind != "SYSTEM" and bool(self.profile.roles & self.policy.state_purpose)

    def in_scope(self, name: str, action: str) -> bool:
        """Tell whether the viewer's scopes, if they are limited by any, reach an entity or a mutation."""
        if self.profile.scopes is None:
            return True
        resource = self.policy.resources.get(name)
        return resource is not None and covers(self.profile.scopes, resource=resource, action=action)

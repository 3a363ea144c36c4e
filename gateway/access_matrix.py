"""Who is shown what, as a table that is committed, so that a change of it is seen when it is reviewed."""

import csv
import io

from gateway.access import Access, Policy
from gateway.planning.mapping import Entity, FieldMapping, SchemaMapping
from gateway.viewer import Profile


def access_matrix(mapping: SchemaMapping, policy: Policy) -> str:
    """Return CSV: coordinate, classification, what one gets of oneself, then what each role gets of others.

    `NO ROWS` stands where a role sees no row of the entity at all.
    """
    roles = sorted(policy.roles)
    access = {role: Access(policy, Profile("USER", frozenset({role}))) for role in roles}
    oneself = Access(policy, Profile("USER", frozenset(), is_customer=True))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["coordinate", "classification", "own", *roles])
    for entity in sorted(mapping.entities.values(), key=lambda entity: entity.name):
        for field in entity.fields.values():
            kind = field.spec.classification
            decisions = [_cell(access[role], entity, field) for role in roles]
            own = oneself.decide(field.coordinate, kind).own.name
            table.writerow([field.coordinate, kind.value, own, *decisions])
    return text.getvalue()


def _cell(access: Access, entity: Entity, field: FieldMapping) -> str:
    if access.rows(entity.name, subject=entity.subject) is False:
        return "NO ROWS"
    return access.decide(field.coordinate, field.spec.classification).others.name

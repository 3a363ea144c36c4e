"""Who acts on a profile: what they are to it, and how the history names them."""

from dataclasses import dataclass
from uuid import UUID

from domains.customers.queries import customers_assigned_to
from domains.identity.queries import display_name_of, user_behind
from domains.identity.roles import Role
from domains.kernel.actor import Actor, ActorKind
from domains.kyc.machine import Party

_STAFF = {Role.KYC_OFFICER.value: Party.OFFICER, Role.OPERATIONS.value: Party.OPERATIONS}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the history names them: the user behind an actor, and the name that they show."""

    id: UUID | None
    name: str


def parties_of(actor: Actor, customer_id: UUID) -> frozenset[Party]:
    """Return what an actor is to a customer's profile. Staff are not staff to a profile of their own."""
    if actor.kind is ActorKind.SYSTEM:
        return frozenset({Party.PROGRAM})
    if actor.customer_id == customer_id:
        return frozenset({Party.OWNER})
    found = {party for role, party in _STAFF.items() if role in actor.roles}
    if Role.RELATIONSHIP_MANAGER.value in actor.roles:
        assigned = customers_assigned_to(user_behind(actor))
        if assigned.filter(content_object=customer_id).exists():
            found.add(Party.MANAGER)
    return frozenset(found)


def person_behind(actor: Actor) -> Person:
    """Return the person behind an actor as the history names them."""
    user_id = user_behind(actor)
    return Person(user_id, display_name_of(user_id))

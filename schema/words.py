"""Closed sets of words that several domains' types use."""

import strawberry

from domains.kernel import actor
from domains.providers import words

ActorKind = actor.ActorKind
strawberry.enum(ActorKind, name="ActorKind", description="What kind of principal acted.")
Outcome = words.Outcome
strawberry.enum(Outcome, name="Outcome", description="What an attempt came to.")

"""What every domain speaks: failures, money, numbers, identifiers, the clock, the actor.

Owns no table and no business rule; it imports no other domain.
"""

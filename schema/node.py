"""The interface of everything that has an identifier in the whole graph."""

import strawberry


@strawberry.interface(description="Anything that can be found again by its global id.")
class Node:
    """Anything that can be found again by its global id."""

    id: strawberry.ID = strawberry.field(description="The identifier of this object in the whole graph.")

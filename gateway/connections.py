"""The types of a connection, after the Relay cursor connections specification, forward paging only."""

from typing import Generic, TypeVar

import strawberry

Node = TypeVar("Node")


@strawberry.type(description="Where a page of a connection begins and ends.")
class PageInfo:
    """Where a page of a connection begins and ends."""

    has_next_page: bool = strawberry.field(description="Whether more rows follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether the page began behind a cursor.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first row, if there is one.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last row; pass it as `after`.")


@strawberry.type(description="A row of a connection with its cursor.")
class Edge(Generic[Node]):
    """A row of a connection with its cursor."""

    cursor: str = strawberry.field(description="Opaque; pass it as `after` to continue behind this row.")
    node: Node = strawberry.field(description="The row.")


@strawberry.type(description="A page of rows in a stable order.")
class Connection(Generic[Node]):
    """A page of rows in a stable order."""

    nodes: list[Node] = strawberry.field(description="The rows of this page.")
    edges: list[Edge[Node]] = strawberry.field(description="The rows of this page with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page begins and ends.")
    total_count: int = strawberry.field(description="How many rows there are in all; counted when selected.")

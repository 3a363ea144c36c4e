"""A block of neighbouring customers with all that is theirs, as rows. Blocks are made independently of each
other and refer to no other block, so that several processes can make and load them.
"""

from collections.abc import Mapping

from domains.demo.accounts import write_accounts, write_portfolios
from domains.demo.book import Book
from domains.demo.customers import write_customer, write_profile
from domains.demo.page import Page
from domains.demo.people import Person, invent_person
from domains.demo.rows import Rows
from domains.demo.transactions import write_transactions


def make_block(*, book: Book, places: range, security_ids: Mapping[str, str]) -> Rows:
    """Return the rows of the customers at these places; `security_ids` are the securities' ids by ISIN."""
    rows = Rows()
    sources = [book.random_for(place) for place in places]
    people = [
        invent_person(index=place, random=random, last_ms=book.last_ms)
        for place, random in zip(places, sources, strict=True)
    ]
    neighbours: list[Person | None] = [*people[1:], None]
    for person, neighbour, random in zip(people, neighbours, sources, strict=True):
        write_page(Page(rows, person, neighbour, random, book.last_ms, security_ids))
    return rows


def write_page(page: Page) -> None:
    """Write one customer with all that is theirs."""
    write_customer(page)
    write_profile(page)
    account_ids = write_accounts(page)
    shelf = write_portfolios(page, account_ids=account_ids)
    write_transactions(page, shelf=shelf)

"""Writing one account: one database transaction, with a savepoint for each holding and each transaction.

When a fact about the account is refused (a holder, the demat account, the portfolio), nothing of it is written.
A holding or a transaction that its domain refuses is undone by itself, and the rest of the account stays.
"""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.db import DatabaseError, transaction

from domains.kernel.actor import Actor
from domains.kernel.failures import Failure
from domains.kernel.outages import is_lost
from domains.kernel.violations import ConstraintBroken
from domains.portfolios.queries import units_told
from domains.statements.accounts import Account
from domains.statements.report import FileReport, Outcome, Place
from domains.statements.writing.holders import import_holders
from domains.statements.writing.holdings import import_demat_account, import_portfolio, import_position
from domains.statements.writing.transactions import import_movement
from domains.transactions.queries import movements_told

_NOT_ALONE = "The account that it belongs to is not taken."


def import_account(account: Account, *, actor: Actor, report: FileReport) -> None:
    """Write the account, or nothing of it; what was taken and what was refused goes into the report."""
    if why := _missing(account):
        _refuse_all(account, why, report)
        return
    written = FileReport(report.file)  # becomes part of the report only when it is true
    try:
        with transaction.atomic():
            _write(account, actor, written)
    except Failure as failure:
        _refuse_all(account, failure.message, report)
    except (DatabaseError, ConstraintBroken) as error:
        if is_lost(error):
            raise  # nobody's account is at fault
        # Its text could quote the row.
        _refuse_all(account, f"The database refused it ({type(error).__name__}).", report)
    else:
        report.lines += written.lines


def _missing(account: Account) -> str:
    if not account.holders:
        return "Whose it is could not be read."
    if account.is_demat and account.bo_id is None:
        return "The number of the demat account could not be read."
    return ""


def _write(account: Account, actor: Actor, report: FileReport) -> None:
    holder_ids = import_holders(account.holders, actor=actor, report=report)
    owner_id = holder_ids[0]
    _keep_name(account, owner_id)
    demat_account_id = import_demat_account(account, holder_ids, actor=actor, report=report)
    if account.positions:
        portfolio_id = import_portfolio(
            account, customer_id=owner_id, demat_account_id=demat_account_id, actor=actor, report=report
        )
        for position in account.positions:
            write = partial(import_position, position, account, portfolio_id=portfolio_id, actor=actor)
            _attempt(write, position.place, f"holding {position.isin}", report)
    for movement in account.movements:
        write = partial(
            import_movement,
            movement,
            account,
            customer_id=owner_id,
            demat_account_id=demat_account_id,
            actor=actor,
        )
        _attempt(write, movement.place, movement.what, report)


def _keep_name(account: Account, owner_id: UUID) -> None:
    """Let the account go on under the key that it was imported under, whatever the key of digests is now."""
    for key, source in account.former_sources.items():
        told = movements_told(customer_id=owner_id, source=source)
        if told or units_told(customer_id=owner_id, source=source):
            account.key = key
            return


def _attempt(write: Callable[[], Outcome], place: Place, what: str, report: FileReport) -> None:
    """Write one part; undo what it wrote when its domain refuses it."""
    try:
        with transaction.atomic():
            report.add(write(), place, what)
    except Failure as failure:
        report.refuse(place, what, why=failure.message)


def _refuse_all(account: Account, why: str, report: FileReport) -> None:
    report.refuse(account.place, f"account ({account.type})", why=f"{why} Nothing of the account is written.")
    for holder in account.holders:
        report.refuse(holder.place, "holder", why=_NOT_ALONE)
    for position in account.positions:
        report.refuse(position.place, f"holding {position.isin}", why=_NOT_ALONE)
    for movement in account.movements:
        report.refuse(movement.place, movement.what, why=_NOT_ALONE)

"""Opening the demat account and the portfolio, and bringing the holdings to what is told."""

from collections.abc import Sequence
from uuid import UUID

from domains.demat.operations import open_account
from domains.demat.queries import account_id_for_boid
from domains.kernel.actor import Actor
from domains.kernel.failures import Conflict, Refused
from domains.kernel.identifiers import mask_boid
from domains.portfolios.causes import EntryCause
from domains.portfolios.operations import bring_units_to, open_holding, open_portfolio
from domains.portfolios.queries import entry_told, last_moved_on, portfolio_named
from domains.statements.accounts import Account, Position
from domains.statements.report import FileReport, Outcome
from domains.statements.writing.securities import security_for

_TITLES = {"equities": "Equities", "etf": "ETFs", "mutual_funds": "Mutual funds"}


class StatementNotDated(Refused):
    """Without any date no units can move: the ledger keeps on which day they did."""

    code = "STATEMENT_NOT_DATED"


class StatementOlderThanLedger(Refused):
    """Units moved after the day that the statement tells."""

    code = "STATEMENT_OLDER_THAN_LEDGER"


class PortfolioOfAnotherAccount(Conflict):
    """The customer has a portfolio of this name over another demat account."""

    code = "PORTFOLIO_OF_ANOTHER_ACCOUNT"


def import_demat_account(
    account: Account, holder_ids: Sequence[UUID], *, actor: Actor, report: FileReport
) -> UUID | None:
    """Return the id of the demat account, opened if need be; None for accounts outside the depositories."""
    if account.bo_id is None:
        return None
    known = account_id_for_boid(account.bo_id) is not None
    account_id = open_account(
        actor=actor, bo_id=account.bo_id, holder_ids=holder_ids, participant_name=account.participant
    )
    outcome = Outcome.KNOWN if known else Outcome.TAKEN
    report.add(outcome, account.place, f"demat account {mask_boid(account.bo_id)}")
    return account_id


def import_portfolio(
    account: Account, *, customer_id: UUID, demat_account_id: UUID | None, actor: Actor, report: FileReport
) -> UUID:
    """Return the id of the portfolio that the account's holdings lie in, opened if need be."""
    ending = f" …{account.bo_id[-4:]}" if account.bo_id else ""
    name = f"{_TITLES[account.type]}{ending}"
    known = portfolio_named(customer_id=customer_id, name=name)
    if known is not None and known[1] != demat_account_id:
        raise PortfolioOfAnotherAccount("A portfolio of this name lies over another demat account.")
    portfolio_id = open_portfolio(
        actor=actor,
        customer_id=customer_id,
        name=name,
        kind="EQUITY" if account.is_demat else "MUTUAL_FUND",
        currency=account.currency,
        demat_account_id=demat_account_id,
    )
    report.add(Outcome.KNOWN if known else Outcome.TAKEN, account.place, f"portfolio “{name}”")
    return portfolio_id


def import_position(position: Position, account: Account, *, portfolio_id: UUID, actor: Actor) -> Outcome:
    """Bring the holding to the units told; raise a Failure when that can't be."""
    if account.told_on is None:
        raise StatementNotDated("The statement tells no date, and units move on a day.")
    security_id = security_for(
        isin=position.isin,
        account=account,
        name=position.name,
        symbol=position.symbol,
        price=position.price,
        priced_on=position.priced_on or account.told_on,
    )
    holding_id = open_holding(portfolio_id=portfolio_id, security_id=security_id, folio=position.folio)
    reference = f"{account.source} {account.told_on} {position.units.normalize():f}"
    if entry_told(holding_id=holding_id, cause=EntryCause.IMPORT, source_reference=reference):
        return Outcome.KNOWN
    moved_on = last_moved_on(holding_id)
    if moved_on is not None and moved_on > account.told_on:
        raise StatementOlderThanLedger(f"Units moved after the day that is told ({account.told_on}).")
    moved = bring_units_to(
        actor=actor,
        holding_id=holding_id,
        quantity=position.units,
        cause=EntryCause.IMPORT,
        source_reference=reference,
        effective_on=account.told_on,
        average_cost=position.average_cost,
    )
    return Outcome.TAKEN if moved else Outcome.KNOWN

"""The two fastest peers known, on Node: PostGraphile and Mercurius; present where `node` and `npm` are."""

import shutil
import subprocess
from pathlib import Path

from banking_project import embedded_postgres
from benchmarks.book import Book
from benchmarks.contestants import CONNECTIONS_PER_PROCESS, PROCESSES, Contestant
from benchmarks.queries import FIFTY, Queries, customer_360

DIRECTORY = Path(__file__).resolve().parent / "peers_node"

# PostGraphile reads its schema from the database: names are the tables', aliases make the leaves ours.
POSTGRAPHILE = """
    fullName mobile status
    kycProfile: kycKycprofileByCustomerId { pan: panMasked status riskCategory address: addressMasked }
    dematAccounts: dematDematholdersByCustomerId {
      nodes { account: dematDemataccountByAccountId { boId depository status } }
    }
    portfolios: portfoliosPortfoliosByCustomerId { nodes { name holdings: portfoliosHoldingsByPortfolioId {
      nodes { security: portfoliosSecurityBySecurityId { isin symbol lastPrice } quantity averageCost marketValue }
    } } }
    transactions: transactionsTransactionsByCustomerId(first: 20, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
      nodes { reference kind status value: amount currency createdAt } pageInfo { hasNextPage endCursor }
    }"""


def missing() -> str | None:
    """Return why the peers on Node can't be measured here, or None; install them when they are not yet."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    if (DIRECTORY / "node_modules" / ".package-lock.json").exists():
        return None
    print("Installing the peers on Node (once) …", flush=True)
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=DIRECTORY,
        capture_output=True,
        text=True,
    )
    return None if done.returncode == 0 else f"npm ci failed: {done.stderr.strip()[-200:]}"


def postgraphile(book: Book, port: int) -> Contestant:
    """Return PostGraphile 5 with its Amber preset."""
    order = "orderBy: [CREATED_AT_DESC, ROW_ID_DESC]"
    return Contestant(
        name="PostGraphile 5",
        command=["node", str(DIRECTORY / "postgraphile.mjs")],
        environment=_environment(book, port),
        port=port,
        queries=Queries(
            one="query Customer360($mobile: String!) {\n"
            f"  customer: customersCustomerByMobile(mobile: $mobile) {{{POSTGRAPHILE}\n  }}\n}}",
            fifty="query Customers360 {\n"
            f"  customers: allCustomersCustomers(first: {FIFTY}, {order}) {{ nodes {{{POSTGRAPHILE}\n  }} }}\n}}",
        ),
        notes="Amber preset; names from the tables (accounts through holders, isin below security), aliased",
    )


def mercurius(book: Book, port: int) -> Contestant:
    """Return Mercurius with JIT and hand-written loaders."""
    return Contestant(
        name="Mercurius",
        command=["node", str(DIRECTORY / "mercurius.mjs")],
        environment=_environment(book, port),
        port=port,
        queries=customer_360(mobile="String"),
        notes="graphql-jit, one hand-written loader and one named (prepared) statement a level; the same text",
    )


def _environment(book: Book, port: int) -> dict[str, str]:
    return book.environment() | {
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "PORT": str(port),
        "PROCESSES": str(PROCESSES),
        "CONNECTIONS_PER_PROCESS": str(CONNECTIONS_PER_PROCESS),
        "DATABASE_HOST": book.host,
        "DATABASE_NAME": book.name,
        "DATABASE_USER": embedded_postgres.APPLICATION,
    }

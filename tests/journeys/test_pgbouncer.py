"""Operations put PgBouncer before the database: sixteen threads share three connections, nobody notices."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from banking_project import embedded_postgres
from tests.conftest import BASE_DIR, RunningGateway, free_port, wait_until_served
from tests.journeys.asking import Ask, asker
from tests.programs import program

EXAMPLE = BASE_DIR / "examples" / "pgbouncer" / "banking.ini"
GUNICORN = [sys.executable, "-W", "ignore", "-m", "gunicorn", "banking_project.wsgi:application"]
CONNECTIONS, CLIENTS, ROUNDS = 3, 8, 12
READ = """query ($mobile: MobileNumber!) {
  customer(mobile: $mobile) {
    fullName email kycProfile { pan status }
    portfolios(first: 5) { totalCount nodes { name holdings(first: 5) { nodes { quantity security { isin } } } } }
  }
}"""
TWO = "{ a: customers(first: 3) { nodes { fullName } } b: dematAccounts(first: 2) { nodes { boId } } }"
CREATE = """mutation ($input: CreateCustomerInput!) {
  createCustomer(input: $input) { customer { id version } problems { code } }
}"""
CHANGE = """mutation ($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) { customer { id version } problems { code } }
}"""


@pytest.fixture(scope="module")
def pooler(running_gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run PgBouncer by the example, before the gateway's database; give the database's address behind it."""
    pgbouncer = program("pgbouncer", package="pgbouncer")
    database = running_gateway.environment["DATABASE_URL"].rpartition("/")[2]
    directory, port = tmp_path_factory.mktemp("pgbouncer"), free_port()
    to = f"host={embedded_postgres.socket_directory()} user={embedded_postgres.APPLICATION} dbname={database}"
    example = EXAMPLE.read_text()
    for setting, value in {
        "banking": to,
        "listen_port": str(port),
        "default_pool_size": str(CONNECTIONS),
        "auth_type": "any",
    }.items():
        example, found = re.subn(rf"^{setting} = .*$", f"{setting} = {value}", example, flags=re.MULTILINE)
        assert found == 1, setting
    example = re.sub(r"^(auth_file|server_tls_.*) = .*\n", "", example, flags=re.MULTILINE)
    configuration = directory / "banking.ini"
    configuration.write_text(f"{example}\nunix_socket_dir =\n")
    for place in (*list(directory.parents)[:2], directory):
        place.chmod(0o755)
    server = Path(embedded_postgres.socket_directory())  # the user that runs the server may reach its socket
    user = ["-u", server.owner()] if os.getuid() == 0 else []
    log = (directory / "output").open("w")
    process = subprocess.Popen([pgbouncer, *user, str(configuration)], stdout=log, stderr=log)
    address = f"postgres://{embedded_postgres.APPLICATION}@127.0.0.1:{port}/banking"
    try:
        _wait(address, process, directory / "output")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)
        log.close()


def _wait(address: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        try:
            psycopg2.connect(address).close()
            return
        except psycopg2.OperationalError:
            time.sleep(0.1)
    raise AssertionError(output.read_text())


@pytest.fixture(scope="module")
def pooled(running_gateway: RunningGateway, pooler: str) -> Iterator[str]:
    """Serve the same database a second time, through the pooler."""
    port = free_port()
    environment = running_gateway.environment | {
        "DATABASE_POOLER_URL": pooler,
        "PORT": str(port),
        "METRICS_PORT": str(free_port()),
        "WEB_CONCURRENCY": "2",
        "THREADS": "8",
    }
    process = subprocess.Popen(GUNICORN, cwd=BASE_DIR, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_served(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def sessions(pooler: str, sql: str) -> list[tuple[Any, ...]]:
    """Ask every session that the pooler keeps, as far as chance lets us meet them."""
    found = []
    for _ in range(CONNECTIONS * 5):
        with closing(psycopg2.connect(pooler)) as connection, connection.cursor() as cursor:
            connection.autocommit = True  # one that closes amid a transaction costs the pooler its session
            cursor.execute(sql)
            found.append(cursor.fetchone())
    return found


def test_many_threads_read_through_few_connections_and_get_the_same_answers(
    running_gateway: RunningGateway, pooled: str, pooler: str, demo_token: Callable[[str], str]
) -> None:
    token = demo_token("officer")
    direct, through = asker(running_gateway.url), asker(pooled)

    def told(ask: Ask, query: str, **variables: object) -> Any:
        answer = ask(query, bearer=token, variables=variables)
        return answer["data"] if "errors" not in answer else answer

    known = told(direct, "{ customers(first: 100) { nodes { mobile kycProfile { status } } } }")["customers"]
    mobiles = [node["mobile"] for node in known["nodes"] if node["kycProfile"]][:8]
    expected = {mobile: told(direct, READ, mobile=mobile) for mobile in mobiles}
    two, wrong = told(direct, TWO), []

    def client(number: int) -> None:
        for turn in range(ROUNDS):
            mobile = mobiles[(number + turn) % len(mobiles)]
            if (found := told(through, READ, mobile=mobile)) != expected[mobile]:
                wrong.append(found)
            if (found := told(through, TWO)) != two:
                wrong.append(found)

    clients = [threading.Thread(target=client, args=[number]) for number in range(CLIENTS)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    assert wrong == []
    assert all(customer["customer"]["kycProfile"] for customer in expected.values())
    kept = sessions(pooler, "SELECT pg_backend_pid(), count(*) FROM pg_prepared_statements")
    assert len({pid for pid, _ in kept}) <= CONNECTIONS
    assert {count for _, count in kept} == {0}, "nothing is prepared"
    settings = sessions(
        pooler, "SELECT current_setting('enable_hashjoin'), current_setting('statement_timeout')"
    )
    assert set(settings) == {("on", "0")}, "no session keeps what a transaction was told"


def test_logins_changes_and_explanations_come_through(pooled: str, demo_token: Callable[[str], str]) -> None:
    ask, operator = asker(pooled), demo_token("operations")
    signed = ask('mutation { tokenAuth(username: "auditor", password: "demo-auditor") { token } }')
    assert signed["data"]["tokenAuth"]["token"]
    made = ask(CREATE, bearer=operator, variables={"input": {"fullName": "A B", "mobile": "+919833300001"}})
    customer = made["data"]["createCustomer"]["customer"]
    for expected in ([], ["STALE_VERSION"]):
        given = {"input": {**customer, "fullName": "A C"}}
        payload = ask(CHANGE, bearer=operator, variables=given)["data"]["updateCustomer"]
        assert [problem["code"] for problem in payload["problems"]] == expected
    explained = ask(TWO, bearer=operator, **{"X-Explain": "plan"})
    assert explained["extensions"]["plan"][0]["plan"]

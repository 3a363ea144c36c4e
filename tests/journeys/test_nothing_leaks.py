"""A customer's identifiers go through every operation, and nothing that watches the program tells them.

Searched are all bytes that a collector received, `/metrics`, the dashboard's data, the gateway's log, what it
printed, the database's own log, and what `pg_stat_activity` shows meanwhile.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg2
import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLScalarType,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_non_null_type,
)

from banking_project import embedded_postgres
from schema.root import schema
from tests.banking_project.traces import traces
from tests.collector import Collector, collecting
from tests.conftest import BASE_DIR, RunningGateway, free_port, wait_until_served
from tests.journeys.asking import asker
from tests.journeys.test_dashboard import figures
from tests.journeys.test_rolling_restart import GUNICORN
from tests.waiting import until

NAME, MOBILE, PAN = "Meenakshi Subramanian", "+919820044556", "BCDPI4321Q"
EMAIL, AADHAAR, ACCOUNT = "meenakshi.s@mail.example", "234620260102030405678", "50100298765432"
SECRETS = {NAME, MOBILE, MOBILE[3:], PAN, EMAIL, AADHAAR, ACCOUNT}
TEXTS = [MOBILE, PAN, EMAIL, AADHAAR, ACCOUNT, NAME]


@dataclass
class Watched:
    """A gateway with everything that tells something about it."""

    url: str
    metrics_url: str
    collector: Collector
    printed: Path
    log: Path
    database_log_begin: int
    activity: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def watched(running_gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    directory = tmp_path_factory.mktemp("leaks")
    port, metrics_port = free_port(), free_port()
    with collecting() as collector, (directory / "printed").open("w") as printed:
        environment = running_gateway.environment | {
            "PORT": str(port),
            "METRICS_PORT": str(metrics_port),
            "BANKING_LOG_DIR": str(directory),
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_TRACES_SAMPLER_ARG": "1.0",
            "GATEWAY_TIERS": '{"STANDARD": {"points_per_minute": 1000000000, "burst_points": 1000000000}}',
            "LOG_TERMINAL_LEVEL": "INFO",
            "PGAPPNAME": "leaks",
        }
        process = subprocess.Popen(GUNICORN, cwd=BASE_DIR, env=environment, stdout=printed, stderr=printed)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_served(url, process)
            begin = (embedded_postgres.DATA_DIR / "log").stat().st_size
            yield Watched(
                url,
                f"http://127.0.0.1:{metrics_port}/metrics",
                collector,
                directory / "printed",
                directory / "banking_middleware.log",
                begin,
            )
        finally:
            process.terminate()
            process.wait(timeout=60)


def value_for(kind: GraphQLInputType, number: int, depth: int = 0) -> Any:
    """Return a value that carries an identifier wherever a text may stand."""
    named = get_named_type(kind)
    if is_enum_type(named):
        return next(iter(named.values))
    if isinstance(named, GraphQLInputObjectType):
        if depth > 2:
            return {}
        return {
            name: value_for(part.type, number + place, depth + 1)
            for place, (name, part) in enumerate(named.fields.items())
            if is_non_null_type(part.type) or depth == 0
        }
    assert isinstance(named, GraphQLScalarType)
    return {"Int": 1, "Float": 1.5, "Boolean": True}.get(named.name, TEXTS[number % len(TEXTS)])


def operation(kind: str, name: str, field: GraphQLField, number: int) -> tuple[str, dict[str, Any]]:
    """Return an operation that asks one root field with identifiers in every argument."""
    declared = ", ".join(f"${argument}: {each.type}" for argument, each in field.args.items())
    given = ", ".join(f"{argument}: ${argument}" for argument in field.args)
    variables = {
        argument: value_for(each.type, number + place)
        for place, (argument, each) in enumerate(field.args.items())
        if argument not in ("after", "orderBy")
    }
    selection = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
    head = f"{kind} Of{MOBILE[3:]}{f'({declared})' if declared else ''}"
    return f"{head} {{ {name}{f'({given})' if given else ''} {selection} }}", variables


def ask_everything(watched: Watched, token: str) -> int:
    """Ask every root field, and spell identifiers as literals, aliases and in what is no GraphQL at all."""
    ask, asked = asker(watched.url), 0
    graph = schema()._schema
    for kind, root in (("query", graph.query_type), ("mutation", graph.mutation_type)):
        assert root is not None
        for name, each in root.fields.items():
            if name in ("revokeToken", "changePassword"):
                continue  # they would end the session that asks
            for shift in range(2):
                document, variables = operation(kind, name, each, shift)
                ask(document, bearer=token, variables=variables)
                asked += 1
    for document in (
        f'{{ customer(mobile: "{MOBILE}") {{ fullName email kycProfile {{ pan }} }} }}',
        f'query X{{ customer(mobile: "{PAN}") {{ {PAN}: id }} }}',
        f'{{ customers(filter: {{fullName: {{eq: "{NAME}"}}}}) {{ nodes {{ id }} }} }}',
        f"{{ {PAN} }}",
        f'{{ customer(mobile: "{EMAIL}',
    ):
        ask(document, bearer=token, **{"X-Purpose": "test"})
        asked += 1
    return asked


def watch_activity(watched: Watched, ended: threading.Event) -> None:
    admin = psycopg2.connect(host=embedded_postgres.socket_directory(), user="postgres", dbname="postgres")
    admin.autocommit = True
    with admin.cursor() as cursor:
        while not ended.wait(0.02):
            cursor.execute("SELECT query FROM pg_stat_activity WHERE application_name = 'leaks'")
            watched.activity += [text for (text,) in cursor.fetchall()]
    admin.close()


def dashboard(watched: Watched, demo_token: Callable[[str], str]) -> Any:
    return figures(watched.url, demo_token("operations"))[1]


def test_no_identifier_is_told_by_anything_that_watches(
    watched: Watched, running_gateway: RunningGateway, demo_token: Callable[[str], str]
) -> None:
    ask = asker(watched.url)
    made = ask(
        "mutation Make($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { id } } }",
        bearer=demo_token("officer"),
        variables={"input": {"fullName": NAME, "mobile": MOBILE, "email": EMAIL}},
    )
    assert made["data"]["createCustomer"]["customer"], "the customer is there to be found"
    ended = threading.Event()
    watcher = threading.Thread(target=watch_activity, args=[watched, ended])
    watcher.start()
    asked = sum(ask_everything(watched, demo_token(username)) for username in ("officer", "admin"))
    ended.set()
    watcher.join()
    assert asked > 100
    spans = watched.collector.wait_for(
        lambda spans: sum(span.parent_span_id == b"" for span in spans) >= asked
    )
    assert any(span.name.startswith("EXECUTE") for span in spans)
    asked_until_ms = time.time() * 1000
    until(lambda: dashboard(watched, demo_token)["now"]["at"] > asked_until_ms)  # the monitor's next sample
    with urlopen(watched.metrics_url, timeout=60) as response:
        metrics = response.read().decode()
    with (embedded_postgres.DATA_DIR / "log").open(errors="replace") as file:
        file.seek(watched.database_log_begin)
        database_log = file.read()
    told = {
        "spans": b"".join(watched.collector.raw).decode("latin-1"),
        "metrics": metrics,
        "dashboard": json.dumps(dashboard(watched, demo_token)),
        "log": watched.log.read_text(),
        "terminal": watched.printed.read_text(),
        "database's log": database_log,
    }
    assert "query Of_" in told["spans"], "operations are named, without the number"
    assert "Of_" in told["log"]
    assert "banking_requests_total" in told["metrics"]
    assert {where: found for where, text in told.items() if (found := traces(SECRETS, text))} == {}
    assert len(watched.activity) > 100
    assert traces(SECRETS, " ".join(watched.activity)) == set()

"""What one process learns or is told about a provider holds for all the others."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction

from banking_project import embedded_postgres
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.providers.answer import Answer, ProviderRef
from domains.providers.failures import StaleConfiguration
from domains.providers.models import Provider, ProviderExchange, ProviderState
from domains.providers.operations import ask, change_provider, register_provider
from domains.providers.words import Breaker
from tests.conftest import BASE_DIR, Sandbox, database_url

ACTOR = Actor.system("test")
SETTINGS = {
    "connect_timeout_ms": 10_000, "read_timeout_ms": 10_000, "total_timeout_ms": 20_000, "retry_attempts_max": 1,
    "breaker_calls_min": 4, "breaker_open_s": 600, "breaker_probes": 2,
}  # fmt: skip


@dataclass
class Asker:
    """A process that asks."""

    process: "subprocess.Popen[str]"

    def ask(self) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("ask\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told


@pytest.fixture
def askers(own_database: str) -> Iterator[tuple[Asker, Asker]]:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(own_database, embedded_postgres.APPLICATION),
        "DJANGO_SETTINGS_MODULE": "banking_project.settings",
    }
    command = [sys.executable, "-W", "ignore", "-m", "tests.domains.providers.asking_process"]
    processes = [
        subprocess.Popen(
            command, cwd=BASE_DIR, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    yield Asker(processes[0]), Asker(processes[1])
    for process in processes:
        process.communicate(timeout=60)


@pytest.fixture
def bureau_id(own_database: str, sandbox: Sandbox) -> UUID:
    return register_provider(
        actor=ACTOR,
        code="one",
        name="One",
        capability="KYC_BUREAU",
        adapter="sandbox_bureau",
        base_url=f"{sandbox.url}/kyc/one/",
        credentials={"api_key": "key-of-the-sandbox"},
        settings=SETTINGS,
    )


def breaker() -> str:
    return ProviderState.objects.get().breaker


def let_a_probe_through() -> None:
    """Let the time pass for which an open breaker asks nobody."""
    ProviderState.objects.update(retry_at=now() - timedelta(seconds=1))


def test_a_breaker_that_one_process_opens_is_open_for_the_other_which_closes_it_for_both(
    askers: tuple[Asker, Asker], bureau_id: UUID, sandbox: Sandbox
) -> None:
    one, other = askers
    sandbox.misbehave("error_200")  # HTTP says that all is well: it counts as the error that it is
    assert [one.ask()["code"], other.ask()["code"], one.ask()["code"]] == ["PROVIDER_ERROR"] * 3
    assert breaker() == Breaker.CLOSED
    one.ask()
    assert breaker() == Breaker.OPEN
    asked = len(sandbox.asked())
    assert other.ask() == {"code": "NO_PROVIDER", "provider": None, "before": []}
    assert len(sandbox.asked()) == asked
    let_a_probe_through()
    assert other.ask()["code"] == "PROVIDER_ERROR"  # the first probe failed
    assert breaker() == Breaker.OPEN
    sandbox.world.faults.clear()
    let_a_probe_through()
    assert other.ask()["code"] == "OK"
    assert breaker() == Breaker.HALF_OPEN
    assert one.ask()["code"] == "OK"
    assert breaker() == Breaker.CLOSED


def test_the_limit_on_concurrency_is_of_all_processes_together(
    askers: tuple[Asker, Asker], bureau_id: UUID, sandbox: Sandbox
) -> None:
    change_provider(actor=ACTOR, provider_id=bureau_id, version=1, settings={"concurrency_max": 1})
    one, other = askers
    assert [one.ask()["code"], other.ask()["code"]] == ["OK", "OK"]  # both have started
    sandbox.world.seen.clear()
    sandbox.misbehave("slow", seconds=3, times=1)
    told: list[str] = []
    thread = threading.Thread(target=lambda: told.append(one.ask()["code"]))
    thread.start()
    deadline = time.monotonic() + 60
    while not sandbox.asked() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert other.ask()["code"] == "PROVIDER_BUSY"
    thread.join()
    assert told == ["OK"]
    assert other.ask()["code"] == "OK"


def test_a_change_holds_for_the_next_call_of_every_process_while_calls_go_on(
    askers: tuple[Asker, Asker], bureau_id: UUID, sandbox: Sandbox
) -> None:
    codes: list[str] = []
    stop = threading.Event()

    def go_on(asker: Asker) -> None:
        while not stop.is_set():
            codes.append(asker.ask()["code"])

    threads = [threading.Thread(target=go_on, args=[asker]) for asker in askers]
    for thread in threads:
        thread.start()
    while len(codes) < 10:
        time.sleep(0.01)
    settings = {"base_url": f"{sandbox.url}/kyc/two/"}
    change_provider(actor=ACTOR, provider_id=bureau_id, version=1, settings=settings)
    on_the_way = 2  # at most one call of each process had begun before
    to_the_old = len(sandbox.asked("kyc/one"))
    while len(sandbox.asked("kyc/two")) < 10:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(sandbox.asked("kyc/one")) <= to_the_old + on_the_way
    assert set(codes) == {"OK"}


def test_many_at_once_are_all_counted_and_all_give_their_places_back(
    bureau_id: UUID, sandbox: Sandbox
) -> None:
    provider, calls = ProviderRef.of(Provider.objects.get()), 15
    told: list[str] = []

    def call() -> str:
        request = {"pan": "ABCPE1234F", "name": "x"}
        return ask(
            provider=provider, action="verify_pan", request=request, correlation_id="c", repeatable=True
        ).code

    def go_on() -> None:
        told.extend(call() for _ in range(calls))
        connections["default"].close()

    threads = [threading.Thread(target=go_on) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally = ProviderState.objects.get().tally
    assert told == ["OK"] * 8 * calls
    assert sum(counted for _, counted, _ in tally["window"]) == 8 * calls == ProviderExchange.objects.count()
    assert tally["on_the_way"] == {}


def test_of_two_changes_at_once_one_is_taken_and_the_other_told(bureau_id: UUID) -> None:
    together, told = threading.Barrier(2), []

    def change(weight: int) -> None:
        together.wait()
        try:
            change_provider(actor=ACTOR, provider_id=bureau_id, version=1, settings={"weight": weight})
            told.append("taken")
        except StaleConfiguration as stale:
            told.append(stale.code)
        connections["default"].close()

    threads = [threading.Thread(target=change, args=[weight]) for weight in (7, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["STALE_VERSION", "taken"]
    assert Provider.objects.get().version == 2


def verify(provider: ProviderRef, *, repeatable: bool) -> Answer:
    return ask(
        provider=provider,
        action="verify_pan",
        request={"pan": "ABCPE1234F", "name": "x"},
        correlation_id="c",
        repeatable=repeatable,
    )


def test_nothing_is_asked_inside_a_transaction(bureau_id: UUID, sandbox: Sandbox) -> None:
    provider = ProviderRef.of(Provider.objects.get())
    with pytest.raises(RuntimeError), transaction.atomic():
        verify(provider, repeatable=True)
    assert not sandbox.asked()


def test_an_answer_is_returned_though_the_database_is_lost_meanwhile(
    bureau_id: UUID, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """A payment that was made must not look as if it was not, because its record could not be written."""
    provider = ProviderRef.of(Provider.objects.get())
    sandbox.misbehave("slow", seconds=0.2)
    killer = threading.Timer(0.1, end_connections)
    killer.start()
    answer = verify(provider, repeatable=False)
    killer.join()
    assert answer.code == "OK"
    assert answer.exchange_id is not None  # recorded over a new connection
    assert ProviderState.objects.get().tally["on_the_way"] == {}


def test_an_answer_that_can_not_be_recorded_is_returned_and_counted(
    bureau_id: UUID, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    provider = ProviderRef.of(Provider.objects.get())
    with connections["owner"].cursor() as cursor:
        cursor.execute("REVOKE INSERT ON providers_providerexchange FROM banking_app")
    answer = verify(provider, repeatable=False)
    assert (answer.code, answer.exchange_id) == ("OK", None)
    tally = ProviderState.objects.get().tally
    assert (tally["on_the_way"], len(tally["window"])) == ({}, 1)
    assert "could not be recorded: ProgrammingError" in caplog.text


def end_connections() -> None:
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND backend_type = "
            "'client backend'",
            [connections["default"].settings_dict["NAME"]],
        )
    connections["owner"].close()

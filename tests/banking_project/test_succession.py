"""A worker that has answered its number of requests goes when another one is ready, and no sooner."""

import http.client
import subprocess
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import psutil

from banking_project.succession import ASKS, MAY_GO, SERVES, Post, one_more, prepare
from tests.banking_project.conftest import GUNICORN
from tests.conftest import BASE_DIR, RunningGateway, free_port, wait_until_served
from tests.waiting import until


def arbiter(*posts: Post) -> Any:
    """Return what is used of gunicorn's: workers by number, the first of them the oldest."""
    workers = {100 + age: SimpleNamespace(age=age, post=post) for age, post in enumerate(posts)}
    return SimpleNamespace(WORKERS=workers, num_workers=len(posts))


def wanted(server: Any) -> int:
    """Return how many workers the arbiter would see to."""
    numbers: list[int] = []
    one_more(lambda: numbers.append(server.num_workers), server)()
    return numbers[0]


def test_one_worker_more_is_wanted_while_any_are_replaced() -> None:
    first, second, third = Post(), Post(), Post()
    server = arbiter(first, second, third)
    assert wanted(server) == 3
    first.ask()
    assert wanted(server) == 4
    second.ask()
    assert wanted(server) == 4, "the other one waits"
    assert server.num_workers == 3, "what the operator asked for"


def test_the_successor_lets_the_one_that_asked_first_go_when_it_is_ready() -> None:
    first, second, successor = Post(), Post(), Post()
    server = arbiter(first, second)
    second.ask()
    prepare(server, successor, has_room=True)
    assert (successor.has_room, second.state) == (True, ASKS)
    successor.take_over()
    assert (first.state, second.state) == (SERVES, MAY_GO)
    second.ask()
    assert second.state == MAY_GO
    assert wanted(server) == 3, "until it is gone"


def test_who_succeeds_nobody_lets_nobody_go() -> None:
    first, new = Post(), Post()
    prepare(arbiter(first), new, has_room=False)
    new.take_over()
    assert (first.state, new.has_room) == (SERVES, False)


def test_a_successor_that_died_before_it_was_ready_is_followed_by_another_one() -> None:
    first, dead, successor = Post(), Post(), Post()
    server = arbiter(first)
    first.ask()
    prepare(server, dead, has_room=True)
    prepare(server, successor, has_room=True)
    successor.take_over()
    assert first.state == MAY_GO


def test_no_chain_of_former_workers_is_kept() -> None:
    first, second, third = Post(), Post(), Post()
    first.ask()
    prepare(arbiter(first), second, has_room=True)
    second.ask()
    prepare(arbiter(second), third, has_room=True)
    assert (third.predecessor, second.predecessor) == (second, None)


def test_workers_overlap_and_nobody_is_refused(running_gateway: RunningGateway) -> None:
    port = free_port()
    environment = running_gateway.environment | {
        "PORT": str(port),
        "METRICS_PORT": str(free_port()),
        "WEB_CONCURRENCY": "1",
        "MAX_REQUESTS": "20",
        "MAX_REQUESTS_JITTER": "0",
    }
    process = subprocess.Popen(GUNICORN, cwd=BASE_DIR, env=environment)
    asked, ended = Asked(port), threading.Event()
    clients = [
        threading.Thread(target=asked.until, args=[ended.is_set, lasting]) for lasting in (True, False)
    ]
    try:
        wait_until_served(f"http://127.0.0.1:{port}", process)
        for client in clients:
            client.start()
        seen: list[frozenset[int]] = []

        def replaced_twice() -> bool:
            seen.append(workers(process))
            return len(frozenset().union(*seen)) >= 3 and len(seen[-1]) == 1

        until(replaced_twice, within_s=120)
    finally:
        ended.set()
        for client in clients:
            if client.ident:
                client.join()
        process.terminate()
        process.wait(timeout=60)
    assert all(seen), "one was always there"
    first, second, third = sorted(
        frozenset().union(*seen), key=lambda pid: [pid in each for each in seen].index(True)
    )[:3]
    assert any({first, second} <= each for each in seen)
    assert any({second, third} <= each for each in seen)
    assert max(map(len, seen)) == 2
    assert asked.failures == []
    assert asked.number > 40


class Asked:
    """What clients were answered."""

    def __init__(self, port: int) -> None:
        self.port, self.number = port, 0
        self.failures: list[str] = []

    def until(self, ended: Callable[[], bool], lasting: bool) -> None:
        """Ask again and again: on a connection that lasts as long as the server likes, or on new ones."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not ended():
            reused = connection.sock is not None
            try:
                connection.request("GET", "/healthz", headers={} if lasting else {"Connection": "close"})
                answer = connection.getresponse()
                answer.read()
            except (http.client.RemoteDisconnected, ConnectionError) as error:
                connection.close()
                if not reused:  # one that was idle for seconds may be closed at any time
                    self.failures.append(repr(error))
                continue
            if answer.status != 200:
                self.failures.append(str(answer.status))
            self.number += 1
        connection.close()


def workers(process: "subprocess.Popen[bytes]") -> frozenset[int]:
    """Return the process ids of a gunicorn's workers: the children that it has not started as a command."""
    found = set()
    for child in psutil.Process(process.pid).children():
        try:
            if "monitor" not in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found.add(child.pid)
        except psutil.Error:
            continue  # it ended just now
    return frozenset(found)

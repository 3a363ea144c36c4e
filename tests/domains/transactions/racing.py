"""Everybody at once at the same payments: who begins, cancels, retries, reverses them; workers, notices, clerks.

All over real HTTP where there is HTTP: the rails of the sandbox, which misbehave at random, and their notices,
which come to the whole program. Nothing here knows what should come of it.
"""

import json
import random
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPException
from socketserver import ThreadingMixIn
from uuid import UUID
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.db import connection

from banking_project.jobs import HANDLERS
from banking_project.wsgi import application
from domains.jobs.engine import work_one
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.failures import Failure
from domains.kernel.identifiers import new_id
from domains.transactions.changing import cancel, retry, reverse
from domains.transactions.models import Transaction
from domains.transactions.overdue import see_to_overdue
from domains.transactions.payments import initiate_payment
from domains.transactions.reconciliation import fetch_settlements, reconcile
from sandbox.notices import signed
from tests.conftest import Sandbox

FAULTS = {
    "silent": 0.05, "swallowed": 0.03, "dead": 0.04, "error_500": 0.03, "malformed": 0.02, "half": 0.02,
    "not_found_then_settled": 0.04, "rate_limited": 0.03, "webhook_duplicated": 0.1, "webhook_out_of_order": 0.1,
    "webhook_missing": 0.2,
}  # fmt: skip


OPEN_MAX = 15
LEAST = {"pay": 25, "cancel": 3, "retry": 8, "reverse": 4, "notice": 8, "reconcile": 2}


@dataclass
class Done:
    """What the actors did: what was answered, and what should never be."""

    answers: Counter[str] = field(default_factory=Counter)
    cancelled: list[UUID] = field(default_factory=list)
    reversed: list[UUID] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Race:
    """One race over payments of these customers by two rails."""

    def __init__(
        self, *, seed: int, customers: list[UUID], rails: dict[str, str], key: str, sandbox: Sandbox
    ) -> None:
        self.seed, self.customers, self.rails, self.key, self.sandbox = seed, customers, rails, key, sandbox
        self.done = Done()
        self.acting, self.working = threading.Event(), threading.Event()
        self.notices_url = ""

    def run(self, *, times: int, actors: int, workers: int, within_s: float) -> Done:
        """Let all act until each thing was done so often, then the workers until nothing is left to do."""
        for fault, rate in FAULTS.items():
            self.sandbox.misbehave(fault, where="rail", match='"expires_at"', rate=rate, seconds=0.6)
        self.acting.set()
        self.working.set()
        doing = [self._thread(self._act, self.acting, number) for number in range(actors)]
        doing += [
            self._thread(each, self.acting, 100) for each in (self._notify, self._reconcile, self._look)
        ]
        working = [self._thread(self._work, self.working, 200 + number) for number in range(workers)]
        deadline = time.monotonic() + within_s
        while not self.is_enough(times) and time.monotonic() < deadline and not self.done.failures:
            time.sleep(0.05)
        self.acting.clear()
        for thread in doing:
            thread.join()
        deadline = time.monotonic() + within_s
        while self._is_open() and time.monotonic() < deadline and not self.done.failures:
            time.sleep(0.1)
        self.working.clear()
        for thread in working:
            thread.join()
        return self.done

    def _thread(
        self, act: Callable[[random.Random], None], while_set: threading.Event, number: int
    ) -> threading.Thread:
        def go() -> None:
            chance = random.Random(f"{self.seed}:{number}")
            try:
                while while_set.is_set():
                    act(chance)
            except BaseException as failure:
                self.done.failures.append(failure)
            finally:
                connection.close()

        thread = threading.Thread(target=go)
        thread.start()
        return thread

    def _act(self, chance: random.Random) -> None:
        """Begin one, or do something to one of the newest, as others do at the same moment."""
        name = chance.choices(["pay", "cancel", "retry", "reverse"], [4, 1, 2, 3])[0]
        time.sleep(chance.uniform(0, 0.05))
        ended = Transaction.objects.filter(status="SETTLED").order_by("-settled_at")
        newest = ended if name == "reverse" else Transaction.objects.order_by("-created_at")
        targets = list(newest.values_list("id", flat=True)[:5])
        clerk = Actor(kind=ActorKind.USER, id=new_id(), roles=frozenset({"operations"}))
        try:
            if name == "pay":
                self._pay(chance)
                return
            if not targets:
                return
            target = chance.choice(targets)
            if name == "cancel":
                self.done.cancelled.append(cancel(actor=clerk, transaction_id=target))
            elif name == "retry":
                retry(actor=clerk, transaction_id=target)
            else:
                reverse(actor=clerk, transaction_id=target)
                self.done.reversed.append(target)
            self._count(name)
        except Failure as refused:
            self._count(f"{name} {refused.code}")

    def _pay(self, chance: random.Random) -> None:
        """Begin a payment, unless as many are open as the workers have to do for a while."""
        if Transaction.objects.filter(ended_at=None).count() >= OPEN_MAX:
            return
        payer = chance.choice(self.customers)
        actor = Actor(kind=ActorKind.USER, id=new_id(), customer_id=payer, roles=frozenset({"customer"}))
        amount = Decimal(chance.randint(1, 500)) + chance.choice(
            [Decimal("0.77"), Decimal("0.50"), Decimal(0)]
        )
        to = chance.choice(["shop@okbank", "shop@okbank", "asha@upi", "closed@okbank"])
        initiate_payment(actor=actor, channel="UPI", amount=amount, vpa=to)
        self._count("pay")

    def _notify(self, chance: random.Random) -> None:
        """Tell again what a rail has done, true but late, early or often, as a notice under a new id."""
        code, place = chance.choice(list(self.rails.items()))
        entries = list(self.sandbox.world.ledger(place).all())
        time.sleep(0.02)
        if not entries:
            return
        entry = chance.choice(entries[-20:])
        state = entry.status(time.time())
        told = {
            "status": "PENDING" if chance.random() < 0.3 else state, "reason": entry.reason,
            "reference": entry.reference, "provider_reference": entry.provider_reference, **entry.settled,
        }  # fmt: skip
        body = json.dumps(told).encode()
        headers = signed(event_id=new_id().hex, body=body, secret=self.key, moment=int(time.time()))
        request = urllib.request.Request(f"{self.notices_url}/{code}", body, headers)
        with suppress(OSError, HTTPException):  # one that does not arrive is told by somebody else
            urllib.request.urlopen(request, timeout=10).close()
            self._count("notice")

    def _reconcile(self, chance: random.Random) -> None:
        code = chance.choice(list(self.rails))
        try:
            text = fetch_settlements(provider_code=code)
            reconcile(actor=Actor.system("race"), provider_code=code, text=text)
            self._count("reconcile")
        except Failure as refused:
            self._count(f"reconcile {refused.code}")
        time.sleep(0.2)

    def _look(self, _: random.Random) -> None:
        see_to_overdue()
        time.sleep(0.1)

    def _work(self, _: random.Random) -> None:
        if not work_one(HANDLERS):
            time.sleep(0.02)

    def is_enough(self, times: int) -> bool:
        """Tell whether each thing was done so many times as makes a race."""
        returned = Transaction.objects.filter(status="REVERSED").count()
        done = self.done.answers
        return returned >= LEAST["reverse"] * times and all(
            done[name] >= LEAST[name] * times for name in LEAST
        )

    def _is_open(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM jobs_job WHERE state <> 'PARKED')")
            return bool(cursor.fetchone()[0]) or Transaction.objects.filter(ended_at=None).exists()

    def _count(self, name: str) -> None:
        with self.done.lock:
            self.done.answers[name] += 1


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def program() -> Iterator[str]:
    """Serve the whole program from here; yield where providers send their notices."""

    def answer(environ: dict[str, object], start: object) -> object:
        try:
            return list(application(environ, start))  # type: ignore[arg-type]
        finally:
            connection.close()

    server = make_server("127.0.0.1", 0, answer, _Server, _Quiet)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/provider-notices"
    server.shutdown()
    server.server_close()
    thread.join()

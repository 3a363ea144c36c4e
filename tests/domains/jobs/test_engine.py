"""The outbox: what is promised is done, once or again, never by two at a time, and poison is put aside."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import OperationalError

from domains.jobs import engine
from domains.jobs.engine import enqueue, work_one
from domains.jobs.models import Job
from domains.jobs.operations import InvalidPayload, JobNotFound, JobNotParked, mend, release
from domains.kernel.clock import now
from domains.kernel.identifiers import new_id


def promise(key: str = "one", **options: object) -> None:
    with transaction.atomic():
        enqueue(kind="k", key=key, payload={"n": 1}, **options)  # type: ignore[arg-type]


def ignore(job: engine.Job) -> None:
    pass


def due_at_once() -> None:
    Job.objects.update(due_at=now() - timedelta(seconds=1))


def test_a_job_of_a_transaction_that_is_rolled_back_never_was(own_database: str) -> None:
    @transaction.atomic
    def fails() -> None:
        enqueue(kind="k", key="one", payload={})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not work_one({"k": ignore})


def test_what_is_promised_is_done_once_and_forgotten(db: None) -> None:
    promise()
    seen: list[engine.Job] = []
    assert work_one({"k": seen.append})
    assert not work_one({"k": seen.append})
    assert [(job.key, job.payload, job.attempt) for job in seen] == [("one", {"n": 1}, 1)]
    assert not Job.objects.exists()


def test_there_is_one_job_of_a_kind_and_key(db: None) -> None:
    promise(run_at=now() + timedelta(hours=1))
    promise()
    seen: list[str] = []
    while work_one({"k": lambda job: seen.append(job.key)}):
        pass
    assert seen == ["one"]


def test_a_job_waits_for_its_time(db: None) -> None:
    promise(run_at=now() + timedelta(hours=1))
    assert not work_one({"k": ignore})


def test_a_worker_leaves_kinds_that_it_does_not_know(db: None) -> None:
    promise()
    assert not work_one({"other": ignore})
    assert Job.objects.get().attempt == 0


def test_asked_for_while_it_runs_it_runs_once_more(db: None) -> None:
    promise()
    seen: list[int] = []

    def handle(job: engine.Job) -> None:
        seen.append(job.attempt)
        if len(seen) == 1:
            promise()

    while work_one({"k": handle}):
        pass
    assert seen == [1, 2]
    assert not Job.objects.exists()


def test_a_job_that_asks_for_itself_later_is_not_run_before(db: None) -> None:
    promise()
    assert work_one({"k": lambda _: promise(run_at=now() + timedelta(hours=1))})
    assert not work_one({"k": ignore})
    assert Job.objects.get().due_at > now() + timedelta(minutes=59)


def test_who_outlived_the_lease_can_not_end_what_another_does(db: None) -> None:
    """The fence: the first attempt comes back after the second has begun."""
    promise()

    def late(job: engine.Job) -> None:
        due_at_once()  # the lease has run out
        assert engine._claim(["k"], 30).attempt == 2

    assert work_one({"k": late})
    assert (Job.objects.get().state, Job.objects.get().attempt) == ("RUNNING", 2)


def fail(job: engine.Job) -> None:
    raise ValueError("with a personal value")


def test_a_failing_job_is_tried_later_each_time_and_then_parked(db: None) -> None:
    promise()
    pauses = []
    for tries in (1, 2, 3):
        assert work_one({"k": fail}, tries_max=3)
        job = Job.objects.get()
        assert (job.tries, job.failure) == (tries, "ValueError")
        pauses.append((job.due_at - now()).total_seconds())
        due_at_once()
    assert pauses[0] < pauses[1]
    assert Job.objects.get().state == "PARKED"
    assert not work_one({"k": fail}, tries_max=3)


def test_a_job_that_kills_its_workers_is_parked(db: None) -> None:
    promise()
    for _ in range(3):
        engine._claim(["k"], 30)
        due_at_once()
    assert work_one({"k": fail}, tries_max=3)
    assert (Job.objects.get().state, Job.objects.get().failure) == ("PARKED", "WorkerDied")


def test_a_lost_database_is_nobodys_failure(db: None) -> None:
    promise()

    def lost(job: engine.Job) -> None:
        raise OperationalError

    with pytest.raises(OperationalError):
        work_one({"k": lost})
    assert (Job.objects.get().state, Job.objects.get().failure) == ("RUNNING", "")


def test_pauses_grow_with_jitter_and_are_bounded() -> None:
    assert {round(engine._pause(3), 6) for _ in range(50)} != {engine._pause(3)}
    assert all(1 <= engine._pause(3) <= 2 for _ in range(50))
    assert all(150 <= engine._pause(tries) <= 300 for tries in (15, 1000))


@pytest.fixture
def parked(db: None) -> Job:
    return Job.objects.create(
        kind="k", key="one", payload={"n": "poison"}, state="PARKED", tries=9, failure="E"
    )


def test_a_parked_job_is_released_or_mended(parked: Job) -> None:
    release(job_id=parked.id)
    seen: list[object] = []
    assert work_one({"k": lambda job: seen.append(job.payload)})
    again = Job.objects.create(kind="k", key="two", payload={"n": "poison"}, state="PARKED", tries=9)
    mend(job_id=again.id, payload={"n": 2})
    assert work_one({"k": lambda job: seen.append((job.payload, job.tries))})
    assert seen == [{"n": "poison"}, ({"n": 2}, 1)]


def test_particulars_are_mended_whole(parked: Job) -> None:
    with pytest.raises(InvalidPayload, match=r"missing: n\."):
        mend(job_id=parked.id, payload={"m": 2})
    mend(job_id=parked.id, payload={"n": 2, "m": 2})


def test_only_what_is_parked_is_released(parked: Job) -> None:
    with pytest.raises(JobNotFound):
        release(job_id=new_id())
    with pytest.raises(InvalidPayload):
        mend(job_id=parked.id, payload=[])  # type: ignore[arg-type]
    release(job_id=parked.id)
    with pytest.raises(JobNotParked):
        release(job_id=parked.id)
    with pytest.raises(JobNotParked):
        mend(job_id=parked.id, payload={})


@pytest.mark.parametrize(
    "payload", [{"n": float("inf")}, {"a\x00b": 1}, {"n": ["a\x00b"]}, {"\ud800": 1}, {"n": "x" * 10_001}]
)
def test_particulars_that_can_t_be_stored_are_refused(parked: Job, payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidPayload):
        mend(job_id=parked.id, payload=payload)
    parked.refresh_from_db()
    assert (parked.state, parked.payload) == ("PARKED", {"n": "poison"})


def test_a_parked_job_that_is_asked_for_again_stays_parked(parked: Job) -> None:
    promise()
    assert Job.objects.get().state == "PARKED"


def test_many_workers_share_the_jobs(own_database: str) -> None:
    for number in range(40):
        promise(key=str(number))
    seen: list[str] = []

    def work() -> None:
        while work_one({"k": lambda job: seen.append(job.key)}):
            pass
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen, key=int) == [str(number) for number in range(40)]
    assert not Job.objects.exists()

"""The whole engine: enqueue, claim, run, end. Times are the database's, so that workers' clocks don't matter.

A claim is a lease: `due_at` moves to its end, and whoever comes after that takes the job again. Each claim has
a higher `attempt`, so that a worker that was thought dead can't end what another one does now. A handler may
be called again at any moment after it began; it returns when the work is done, or raises to be called later.
"""

import json
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.utils import InterfaceError, OperationalError

from domains.kernel import trace
from domains.kernel.identifiers import new_id
from domains.kernel.prepared import store
from domains.kernel.rows import Row
from domains.kernel.trace import Attribute

log = logging.getLogger("domains.jobs")

LEASE_S = 30
TRIES_MAX = 10  # then it is parked
BACKOFF_S, BACKOFF_MAX_S = 0.5, 300.0


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job, as its handler sees it; `attempt` is 1 the first time."""

    id: UUID
    kind: str
    key: str
    payload: dict[str, Any]
    attempt: int
    tries: int = 1
    correlation_id: str = ""
    traceparent: str = ""


Handler = Callable[[Job], None]
Handlers = Mapping[str, Handler]

ENQUEUE = """
INSERT INTO jobs_job AS known
    (id, kind, key, payload, state, due_at, attempt, tries, failure, correlation_id, traceparent, created_at,
     updated_at)
VALUES (%s, %s, %s, %s, 'WAITING', COALESCE(%s, now()), 0, 0, '', %s, %s, now(), now())
ON CONFLICT (kind, key) DO UPDATE SET
    payload = EXCLUDED.payload,
    due_at = CASE known.state WHEN 'WAITING' THEN LEAST(known.due_at, EXCLUDED.due_at) ELSE known.due_at END,
    again_at = CASE known.state WHEN 'RUNNING' THEN LEAST(known.again_at, EXCLUDED.due_at) END,
    correlation_id = EXCLUDED.correlation_id, traceparent = EXCLUDED.traceparent, updated_at = now()
"""
CLAIM = """
UPDATE jobs_job SET state = 'RUNNING', due_at = clock_timestamp() + make_interval(secs => %(lease)s),
    attempt = attempt + 1, tries = tries + 1, updated_at = clock_timestamp()
WHERE id = (
    SELECT id FROM jobs_job WHERE state <> 'PARKED' AND due_at <= clock_timestamp() AND kind = ANY(%(kinds)s)
    ORDER BY due_at FOR UPDATE SKIP LOCKED LIMIT 1
)
RETURNING id, kind, key, payload::text, attempt, tries, correlation_id, traceparent
"""
# Not waited for until it is on the disk: a crash of the database that takes it back has the job done once more,
# as a kill before this line has.
DONE = """
DELETE FROM jobs_job
WHERE id = %(id)s AND attempt = %(attempt)s AND state = 'RUNNING' AND again_at IS NULL
    AND set_config('synchronous_commit', 'off', true) IS NOT NULL
"""
AGAIN = """
UPDATE jobs_job SET state = 'WAITING', due_at = again_at, again_at = NULL, tries = 0, failure = '',
    updated_at = now()
WHERE id = %(id)s AND attempt = %(attempt)s AND state = 'RUNNING' AND again_at IS NOT NULL
"""
FAILED = """
UPDATE jobs_job SET state = %(state)s, again_at = NULL, failure = %(failure)s, updated_at = now(),
    due_at = clock_timestamp() + make_interval(secs => %(pause)s)
WHERE id = %(id)s AND attempt = %(attempt)s AND state = 'RUNNING'
"""


def enqueue(*, kind: str, key: str, payload: Mapping[str, Any], run_at: datetime | None = None) -> None:
    """Promise a job inside the caller's transaction; without `run_at` it is due at once.

    A job of this kind and key that is there takes the new payload and the earlier time; one that is running
    runs once more afterwards; one that is parked stays so until somebody releases it.
    """
    store(promise(kind=kind, key=key, payload=payload, run_at=run_at))


def promise(*, kind: str, key: str, payload: Mapping[str, Any], run_at: datetime | None = None) -> Row:
    """Return what `enqueue` stores, to be stored by the caller together with what the job is for."""
    assert connection.in_atomic_block, "a job is promised together with what it is for"
    told = json.dumps(dict(payload), allow_nan=False)
    here = trace.place()
    correlation_id, traceparent = (here.correlation_id, here.traceparent) if here else ("", "")
    return Row(ENQUEUE, (new_id(), kind, key, told, run_at, correlation_id, traceparent))


def work_one(handlers: Handlers, *, lease_s: float = LEASE_S, tries_max: int = TRIES_MAX) -> bool:
    """Claim one due job, call its handler and end it; return False when none was due.

    A failing handler is called again after a growing pause; after `tries_max` claims the job is parked. A lost
    database is raised: the lease will run out, and the job is taken again.
    """
    job = _claim(list(handlers), lease_s)
    if job is None:
        return False
    if job.tries > tries_max:  # it never came back to tell why
        _end(job, FAILED, state="PARKED", failure="WorkerDied", pause=0)
        return True
    try:
        _handle(handlers, job)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        state = "PARKED" if job.tries >= tries_max else "WAITING"
        _end(job, FAILED, state=state, failure=type(error).__name__, pause=_pause(job.tries))
        return True
    if not _end(job, DONE):
        _end(job, AGAIN)
    return True


def _handle(handlers: Handlers, job: Job) -> None:
    """Call the handler in a trace of its own, linked to that of who promised the job and sampled as that was."""
    promised = trace.parsed(job.traceparent, correlation_id=job.correlation_id)
    here = trace.begin(job.correlation_id or str(job.id))
    sampled = promised.sampled if promised else here.sampled
    standing = trace.stand(replace(here, span_id="", sampled=sampled))
    attributes: dict[str, Attribute] = {
        "messaging.system": "postgresql",
        "messaging.operation.name": "process",
        "banking.job.kind": job.kind,
        "banking.job.tries": job.tries,
    }
    try:
        links = (promised,) if promised else ()
        with trace.span(f"job {job.kind}", kind="CONSUMER", attributes=attributes, links=links):
            handlers[job.kind](job)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("A job failed.", extra={"fields": {"kind": job.kind, "job": str(job.id)}})
        raise
    finally:
        trace.leave(standing)


def _claim(kinds: list[str], lease_s: float) -> Job | None:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": lease_s, "kinds": kinds})
        found = cursor.fetchone()
    if found is None:
        return None
    job_id, kind, key, payload, attempt, tries, correlation_id, traceparent = found
    return Job(UUID(str(job_id)), kind, key, json.loads(payload), attempt, tries, correlation_id, traceparent)


def _end(job: Job, statement: str, **values: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"id": job.id, "attempt": job.attempt, **values})
        return bool(cursor.rowcount)


def _pause(tries: int) -> float:
    """Return how long to wait: doubling, with full jitter above half of it (seconds)."""
    pause = min(BACKOFF_MAX_S, BACKOFF_S * 2.0 ** min(tries - 1, 20))
    return pause * (0.5 + random.random() / 2)  # noqa: S311  spreads workers, keeps no secret

"""Gunicorn's settings; it finds this file by itself: `gunicorn banking_project.wsgi:application`.

Every value can be overridden by the environment variable named beside it.
"""

import gc
import os
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banking_project.settings")
if str(BASE_DIR) not in sys.path:  # gunicorn adds it after this file was read
    sys.path.insert(0, str(BASE_DIR))

from django.core.exceptions import ImproperlyConfigured  # noqa: E402

from banking_project.given_numbers import NUMBER_MAX, PORT_MAX, given_number  # noqa: E402
from banking_project.production import refuse_faults  # noqa: E402
from banking_project.serving import be_served  # noqa: E402

be_served()
refuse_faults()


def _number(name: str, default: int, *, least: int, most: int = NUMBER_MAX) -> int:
    try:
        return given_number(name, default, least=least, most=most)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


# In the demo the passwords are printed in the README: it listens on this machine alone.
_production = os.environ.get("BANKING_ENVIRONMENT") == "production"
_host = os.environ.get("HOST", "0.0.0.0" if _production else "127.0.0.1")
METRICS_PORT = _number("METRICS_PORT", 9090, least=1, most=PORT_MAX)
CONNECTIONS_MAX = 50
DRAIN_SECONDS = _number("DRAIN_SECONDS", 0, least=0)  # of serving on, not ready, once told to stop

bind = f"{_host}:{_number('PORT', 5000, least=1, most=PORT_MAX)}"
# gthread, whose threads connect before the first request, and on Linux take the connections by themselves.
_threads = "taking_turns.TakingTurns" if hasattr(select, "epoll") else "request_threads.RequestThreads"
worker_class = os.environ.get("WORKER_CLASS", f"banking_project.{_threads}")
workers = _number("WEB_CONCURRENCY", 6, least=1, most=1000)
threads = _number("THREADS", 2, least=1, most=1000)
# Each request thread keeps one connection, to the database or to the pooler before it, which shares them out.
if workers * threads > CONNECTIONS_MAX and not os.environ.get("DATABASE_POOLER_URL"):
    sys.exit(
        f"WEB_CONCURRENCY times THREADS is {workers * threads}: a gateway keeps {CONNECTIONS_MAX} connections "
        "to the database at most. Start another gateway instead, or set DATABASE_POOLER_URL."
    )
worker_connections = _number("WORKER_CONNECTIONS", 2000, least=1)
# Connections for one worker more, while another one is replaced.
_has_room = (workers + 1) * threads <= CONNECTIONS_MAX or bool(os.environ.get("DATABASE_POOLER_URL"))
max_requests = _number("MAX_REQUESTS", 10_000, least=0)  # 0: never
max_requests_jitter = _number("MAX_REQUESTS_JITTER", 1_000, least=0)
keepalive = _number("KEEP_ALIVE", 5, least=0)  # seconds; 0: none is kept
timeout = _number("TIMEOUT", 120, least=5)  # seconds; a worker tells once a second that it lives
os.environ["READ_TIMEOUT"] = str(_number("READ_TIMEOUT", 30, least=1))  # seconds; `taking_turns` reads it
graceful_timeout = _number("GRACEFUL_TIMEOUT", 30, least=1)  # seconds
certfile = os.environ.get("TLS_CERTIFICATE_FILE")  # TLS 1.2 or newer, if no proxy ends it
keyfile = os.environ.get("TLS_KEY_FILE")
preload_app = True  # plans' machinery is imported once and shared by the workers
control_socket_disable = True  # several gateways run on one machine; signals stop them
logger_class = "banking_project.server_log.DiscreetLogger"
accesslog = None  # the gateway writes one structured line for each request itself

# prometheus-client keeps each worker's figures in files here; it reads the variable when it is imported.
# Workers of jobs on the same machine share it, if it is given to them as well.
_metrics_dir = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
_own_metrics_dir = not _metrics_dir
if _own_metrics_dir:
    _metrics_dir = tempfile.mkdtemp(prefix="banking-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = _metrics_dir

_monitor: "subprocess.Popen[bytes] | None" = None


def on_starting(server: Any) -> None:
    """Find the database running before the application is loaded."""
    from banking_project import embedded_postgres

    embedded_postgres.ensure_running()


def when_ready(server: Any) -> None:
    """Learn to stop gracefully; make the main plans; start the monitor, which serves `/metrics`.

    It is a process of its own: this one forks workers, and forks best without threads.
    """
    from banking_project import stopping, succession
    from banking_project.warming import warm_plans

    global _monitor
    warm_plans()  # once, for all workers: they are forked from here
    gc.collect()
    gc.freeze()  # a collection in a worker would write on every page that it shares with the others
    server.stop = stopping.gracefully(server.stop, server, drain_s=DRAIN_SECONDS)
    server.manage_workers = succession.one_more(server.manage_workers, server)
    environment = os.environ | {"METRICS_HOST": _host, "METRICS_PORT": str(METRICS_PORT)}
    environment.pop("BANKING_SERVES", None)  # it holds a session of the database itself
    command = [sys.executable, *(f"-W{option}" for option in sys.warnoptions), "manage.py", "monitor"]
    _monitor = subprocess.Popen(command, cwd=BASE_DIR, env=environment)  # noqa: S603  a line of ours


def pre_fork(server: Any, worker: Any) -> None:
    """Tell the worker whom it succeeds."""
    from banking_project import succession

    if post := getattr(worker, "post", None):  # WORKER_CLASS may name a worker of gunicorn's own
        succession.prepare(server, post, has_room=_has_room)


def post_fork(server: Any, worker: Any) -> None:
    """Open nothing before the fork: a worker connects by itself."""
    from django.db import connections

    connections.close_all()


def on_exit(server: Any) -> None:
    """Stop the monitor; remove the figures of this run, unless they are shared with others."""
    if _monitor is not None:
        _monitor.terminate()
        _monitor.wait()
    if _own_metrics_dir:
        shutil.rmtree(_metrics_dir, ignore_errors=True)

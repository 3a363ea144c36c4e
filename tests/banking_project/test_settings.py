"""A setting that can't be read is named in a sentence, not left to a traceback of whatever reads it."""

import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCESS_TOKEN_SECONDS", "0"),
        ("AUDIT_UNUSUAL_CUSTOMERS", "many"),
        ("AUDIT_UNUSUAL_CUSTOMERS", "0"),
        ("AUDIT_WORKING_HOURS", "seven-nine"),
        ("AUDIT_WORKING_HOURS", "7"),
        ("AUDIT_WORKING_HOURS", "7-9-x"),
        ("AUDIT_WORKING_HOURS", "21-7"),
        ("AUDIT_WORKING_HOURS", "7-25"),
        ("FEED_LISTENERS_PER_VIEWER", "0"),
        ("FEED_PORT", "70000"),
        ("GATEWAY_STORED_DOCUMENTS", "{"),
        ("GATEWAY_STORED_DOCUMENTS", "[]"),
        ("INSTRUCTION_EXPIRES_SECONDS", "0"),
        ("LOG_FILES_KEPT", "0"),
        ("LOG_FILE_MB_MAX", "-1"),
        ("LOG_LEVEL", "loud"),
        ("METRICS_PORT", "metrics"),
        ("OBSERVED", "logs,metricks"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("OTEL_TRACES_SAMPLER_ARG", "half"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan"),
        ("OTEL_TRACES_SAMPLER_ARG", "50"),
        ("PORT", "0"),
        ("REQUEST_DEADLINE_MS", "0"),
        ("SANDBOX_PORT", "-1"),
        ("STATEMENT_TIMEOUT_MS", "-1"),
        ("TRACE_SLOW_MS", "1s"),
        ("TRACE_SLOW_MS", "9" * 5000),
    ],
)
def test_a_setting_that_can_t_be_read_is_named(name: str, value: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import banking_project.settings"],
        cwd=settings.BASE_DIR, env=os.environ | {name: value}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode == 1
    assert f"ImproperlyConfigured: {name} must be" in told.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DRAIN_SECONDS", "-1"),
        ("GRACEFUL_TIMEOUT", "0"),
        ("KEEP_ALIVE", "-5"),
        ("MAX_REQUESTS", "-1"),
        ("MAX_REQUESTS_JITTER", "-1"),
        ("READ_TIMEOUT", "0"),
        ("READ_TIMEOUT", "-1"),
        ("THREADS", "0"),
        ("TIMEOUT", "0"),
        ("WEB_CONCURRENCY", "0"),
        ("WORKER_CONNECTIONS", "0"),
    ],
)
def test_a_number_that_nobody_could_be_served_with_stops_gunicorn_in_one_sentence(
    name: str, value: str
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import runpy; runpy.run_path('gunicorn.conf.py')"],
        cwd=settings.BASE_DIR, env=os.environ | {name: value}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode == 1
    assert told.stderr.startswith(f"{name} must be a whole number from ")
    assert len(told.stderr.splitlines()) == 1

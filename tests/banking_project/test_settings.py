"""A setting that can't be read is named in a sentence, not left to a traceback of whatever reads it."""

import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUDIT_UNUSUAL_CUSTOMERS", "many"),
        ("AUDIT_WORKING_HOURS", "seven-nine"),
        ("AUDIT_WORKING_HOURS", "7"),
        ("AUDIT_WORKING_HOURS", "7-9-x"),
        ("GATEWAY_STORED_DOCUMENTS", "{"),
        ("GATEWAY_STORED_DOCUMENTS", "[]"),
        ("LOG_LEVEL", "loud"),
        ("OBSERVED", "logs,metricks"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("OTEL_TRACES_SAMPLER_ARG", "half"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan"),
        ("OTEL_TRACES_SAMPLER_ARG", "50"),
        ("TRACE_SLOW_MS", "1s"),
    ],
)
def test_a_setting_that_can_t_be_read_is_named(name: str, value: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import banking_project.settings"],
        cwd=settings.BASE_DIR, env=os.environ | {name: value}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode == 1
    assert f"ImproperlyConfigured: {name} must be" in told.stderr.splitlines()[-1]

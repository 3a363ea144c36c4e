"""What gunicorn itself logs of a request that it can't read holds nothing of the request."""

import io
import logging

from gunicorn.config import Config

from banking_project.server_log import DiscreetLogger

QUOTED = "GET /api/customers/+919820012345"


def test_a_request_line_is_not_quoted() -> None:
    log, written = DiscreetLogger(Config()), io.StringIO()
    log.error_log.addHandler(logging.StreamHandler(written))
    log.warning(f"Invalid request from ip=192.0.2.1: Invalid HTTP request line: {QUOTED!r}")
    log.exception("Error handling request %s %s", "GET", QUOTED)
    log.warning("Worker %s does not answer.", 17)
    said = written.getvalue()
    assert "9820012345" not in said
    assert "no proper HTTP" in said
    assert "failed in the server itself" in said
    assert "Worker 17 does not answer." in said

"""A real Prometheus scrapes a real gateway with the configuration, alerts and dashboard that the examples give."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.conftest import BASE_DIR, RunningGateway, free_port
from tests.journeys.asking import asker
from tests.programs import program

EXAMPLES = BASE_DIR / "examples" / "prometheus"
GRAFANA = BASE_DIR / "examples" / "grafana" / "banking.json"
FIRING = """
rule_files: [{alerts}]
evaluation_interval: 30s
tests:
  - interval: 30s
    input_series:
      - series: 'banking_jobs_oldest_due_seconds{{instance="one"}}'
        values: '0 0 90 120 150 180 210 240'
      - series: 'banking_requests_total{{code="OK"}}'
        values: '0+95x60'
      - series: 'banking_requests_total{{code="INTERNAL"}}'
        values: '0+5x60'
    alert_rule_test:
      - eval_time: 1m
        alertname: BankingJobsLate
      - eval_time: 3m30s
        alertname: BankingJobsLate
        exp_alerts:
          - exp_labels: {{severity: page, instance: one}}
            exp_annotations: {{summary: "A job has waited for 4m 0s: does a worker run?"}}
      - eval_time: 20m
        alertname: BankingRequestsFail
        exp_alerts:
          - exp_labels: {{severity: page}}
            exp_annotations: {{summary: "5% of all requests fail by our own fault."}}
"""


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, **parameters: str) -> Any:
        with urlopen(f"{self.url}/api/v1/{path}?{urlencode(parameters)}", timeout=10) as response:
            told = json.load(response)
        assert told["status"] == "success"
        return told["data"]

    def wait_for(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if holds():
                    return
            except OSError:
                pass
            time.sleep(0.3)
        raise AssertionError("it did not come true within a minute")


@pytest.fixture
def prometheus(
    running_gateway: RunningGateway, demo_token: Callable[[str], str], tmp_path: Path
) -> Iterator[Prometheus]:
    command, port = program("prometheus", package="prometheus"), free_port()
    text = (EXAMPLES / "prometheus.yml").read_text()
    target = running_gateway.metrics_url.removeprefix("http://").removesuffix("/metrics")
    (tmp_path / "prometheus.yml").write_text(text.replace("127.0.0.1:9090", target).replace("5s", "1s"))
    (tmp_path / "alerts.yml").write_text((EXAMPLES / "alerts.yml").read_text())
    asker(running_gateway.url)(
        '{ customer(mobile: "+919876543210") { fullName } }', bearer=demo_token("officer")
    )
    process = subprocess.Popen(
        [
            command,
            f"--config.file={tmp_path}/prometheus.yml",
            f"--storage.tsdb.path={tmp_path}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]
    )
    running = Prometheus(f"http://127.0.0.1:{port}")
    try:
        running.wait_for(lambda: running.ask("query", query="banking_database_up")["result"])
        yield running
    finally:
        process.terminate()
        process.wait(timeout=30)


def expressions() -> list[str]:
    dashboard = json.loads(GRAFANA.read_text())
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(found) > 15
    return [text.replace("$__rate_interval", "1m") for text in found]


def test_every_alert_is_evaluated_and_every_panel_is_answered(prometheus: Prometheus) -> None:
    def rules() -> list[dict[str, Any]]:
        return [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]

    prometheus.wait_for(lambda: rules() and all(rule["health"] == "ok" for rule in rules()))
    assert len(rules()) == 14
    firing = {rule["name"] for rule in rules() if rule["state"] == "firing"}
    assert not firing & {"BankingDatabaseDown", "BankingGatewayDown", "BankingRequestsFail"}
    for expression in expressions():
        prometheus.ask("query", query=expression)
    used = set(re.findall(r"banking_\w+", " ".join([*expressions(), (EXAMPLES / "alerts.yml").read_text()])))
    # These come into being with the first span that is sent, and the first call to a provider.
    used -= {"banking_spans_total", "banking_provider_latency_seconds"}
    prometheus.wait_for(lambda: used <= set(prometheus.ask("label/__name__/values")))


def test_alerts_fire_when_they_should(tmp_path: Path) -> None:
    command = program("promtool", package="prometheus")
    file = tmp_path / "firing.yml"
    file.write_text(FIRING.format(alerts=EXAMPLES / "alerts.yml"))
    done = subprocess.run([command, "test", "rules", str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr

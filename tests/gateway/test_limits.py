"""The limits themselves: configured by name, and documented as they are."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from gateway.documents import Documents
from gateway.failures import RequestError
from gateway.limits import Limits
from gateway.tiers import DEFAULTS
from schema.root import gateway
from tests.conftest import BASE_DIR


@pytest.fixture(scope="module")
def page() -> str:
    return Path(BASE_DIR, "docs", "limits.md").read_text("utf-8")


def test_a_limit_is_set_by_its_name(settings: Any) -> None:
    settings.GATEWAY_LIMITS = {"depth_max": 2}
    documents = Documents(gateway().schema)
    documents.read("{ customers { totalCount } }")
    with pytest.raises(RequestError, match="3 found, 2 allowed"):
        documents.read("{ customers { nodes { id } } }")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"dept_max": 2}, "no limit 'dept_max'"),
        ({"depth_max": 0}, "depth_max must be a whole number above 0"),
        ({"depth_max": "20"}, "depth_max must be a whole number above 0"),
        ({"depth_max": True}, "depth_max must be a whole number above 0"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_at_start(settings: Any, given: Any, told: str) -> None:
    settings.GATEWAY_LIMITS = given
    with pytest.raises(ImproperlyConfigured, match=told):
        Limits.configured()


def test_the_documentation_lists_every_limit_with_its_default(page: str) -> None:
    listed = {
        name: int(value) for name, value in re.findall(r"^\| `(\w+_max)` \| (\d+) \|", page, re.MULTILINE)
    }
    assert listed == asdict(Limits())


def test_the_documentation_lists_every_tier_with_its_figures(page: str) -> None:
    row = re.compile(r"^\| `([A-Z]+)` \|[^|]*\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|", re.MULTILINE)
    listed = {
        name: [int(figure.replace(",", "")) for figure in figures] for name, *figures in row.findall(page)
    }
    assert listed == {
        name: [tier["request_points_max"], tier["burst_points"], tier["points_per_minute"]]
        for name, tier in DEFAULTS.items()
    }

"""Where providers send notices: kept and answered at once, or told by a status why not."""

import json
import time

import pytest
from django.test import Client

from domains.jobs.models import Job
from domains.kernel.actor import Actor
from domains.providers.operations import register_provider
from domains.transactions.models import ProviderNotice
from sandbox.notices import signed

KEY = "key-of-the-sandbox"
BODY = {"reference": "TX1", "status": "SETTLED", "reason": "", "provider_reference": "SB1", "amount": "1.00"}


@pytest.fixture
def rail(db: None) -> None:
    for code, adapter, capability in (
        ("rail", "sandbox_rail", "PAYMENT_RAIL"),
        ("bureau", "sandbox_bureau", "KYC_BUREAU"),
    ):
        register_provider(
            actor=Actor.system("test"), code=code, name=code, capability=capability, adapter=adapter,
            base_url="http://127.0.0.1:9/", credentials={"api_key": KEY},
        )  # fmt: skip


def send(*, to: str = "rail", key: str = KEY, body: bytes | None = None, event_id: str = "event-1") -> int:
    raw = json.dumps(BODY).encode() if body is None else body
    headers = signed(event_id=event_id, body=raw, secret=key, moment=int(time.time()))
    response = Client().post(f"/provider-notices/{to}", raw, content_type="application/json", headers=headers)
    assert response.content == b""
    return response.status_code


def test_a_genuine_notice_is_kept_and_answered_at_once(rail: None) -> None:
    assert (send(), send()) == (204, 204)
    kept = ProviderNotice.objects.get()
    assert (kept.state, kept.times, kept.reference) == ("RECEIVED", 2, "TX1")
    assert Job.objects.get().kind == "transactions.notice"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"key": "another"}, 401),
        ({"to": "nobody"}, 404),
        ({"to": "bureau"}, 404),
        ({"to": "ra%00il"}, 404),
        ({"body": b"{}"}, 400),
        ({"body": b"not json"}, 400),
        ({"body": b'{"' + b"x" * 70_000 + b'": 1}'}, 413),
    ],
)
def test_what_is_not_kept_is_told_by_its_status(rail: None, given: dict[str, object], status: int) -> None:
    assert send(**given) == status  # type: ignore[arg-type]
    assert not ProviderNotice.objects.exists()


def test_it_is_only_for_sending(rail: None) -> None:
    assert Client().get("/provider-notices/rail").status_code == 405

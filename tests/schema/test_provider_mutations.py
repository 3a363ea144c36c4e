"""Providers through the graph: changed, tried, taken back, watched; and who may do none of that."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domains.audit.models import AuditLog
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.providers.answer import ProviderRef
from domains.providers.checking import check_one
from domains.providers.exchanges import forget_exchanges
from domains.providers.figures import health_report
from domains.providers.models import Provider, ProviderExchange
from domains.providers.operations import ask, configure, register_provider
from tests.asking import Answered, signed_in
from tests.asking import ask as asked
from tests.conftest import Sandbox, free_port
from tests.people import make_user

ACTOR = Actor.system("test")
CHANGE = """
mutation ($input: ChangeProviderInput!) {
  changeProvider(input: $input) {
    provider { version totalTimeoutMs ratePerMinute enabled versions { nodes { version cause } } }
    problems { code path message }
  }
}
"""
SECRET = "a-secret-key-of-ours"
PAN = "ABCPE1234F"


@pytest.fixture
def token(db: None) -> str:
    return signed_in(make_user("clerk", "operations"))


@pytest.fixture
def provider_id(db: None, sandbox: Sandbox) -> UUID:
    return register_provider(
        actor=ACTOR,
        code="bureau",
        name="Bureau",
        capability="KYC_BUREAU",
        adapter="sandbox_bureau",
        base_url=f"{sandbox.url}/kyc/one/",
        credentials={"api_key": SECRET},
    )


def call(provider_id: UUID, **request: str) -> None:
    ask(
        provider=ProviderRef.of(Provider.objects.get(id=provider_id)),
        action="verify_pan",
        request={"pan": PAN, "name": "Asha Rao", **request},
        correlation_id="correlation-7",
        repeatable=False,
    )


def change(token: str, provider_id: UUID, version: int = 1, test: bool = False, **settings: Any) -> Any:
    wish = {"id": f"Provider:{provider_id}", "version": version, "test": test, "settings": settings}
    return asked(CHANGE, {"input": wish}, token=token).data["changeProvider"]


def sent(token: str, name: str, kind: str, wish: dict[str, Any], selection: str) -> Answered:
    document = (
        f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {selection} problems {{ code path }} }} }}"
    )
    return asked(document, {"input": wish}, token=token)


def test_what_a_new_provider_can_not_be_is_told_by_its_place(token: str) -> None:
    wish = {"code": "new", "name": "New", "capability": "KYC_BUREAU", "baseUrl": "https://new.example"}
    for wrong, path in (
        ({"baseUrl": "gopher://x"}, ["baseUrl"]),
        ({"settings": {"weight": 0}}, ["settings", "weight"]),
        ({"settings": {"totalTimeoutMs": 1}}, ["settings", "totalTimeoutMs"]),
    ):
        refused = sent(token, "registerProvider", "RegisterProviderInput", wish | wrong, "provider { id }")
        assert refused.data["registerProvider"]["problems"] == [{"code": "INVALID_PROVIDER", "path": path}]


def test_a_provider_is_registered_with_credentials_that_nobody_reads(token: str, sandbox: Sandbox) -> None:
    wish = {
        "code": "new", "name": "New", "capability": "KYC_BUREAU", "adapter": "sandbox_bureau",
        "baseUrl": f"{sandbox.url}/kyc/new/", "credentials": [{"name": "api_key", "value": SECRET}],
        "settings": {"weight": 5},
    }  # fmt: skip
    answer = sent(
        token, "registerProvider", "RegisterProviderInput", wish, "provider { code weight credentials }"
    )
    assert answer.data["registerProvider"] == {
        "provider": {"code": "new", "weight": 5, "credentials": "api_key"}, "problems": [],
    }  # fmt: skip
    assert SECRET not in answer.text
    again = sent(token, "registerProvider", "RegisterProviderInput", wish, "provider { code }")
    assert again.data["registerProvider"]["problems"] == [{"code": "PROVIDER_EXISTS", "path": ["code"]}]


def test_a_change_is_seen_with_its_history_and_taken_back(token: str, provider_id: UUID) -> None:
    changed = change(token, provider_id, totalTimeoutMs=9_000, ratePerMinute=60)["provider"]
    assert (changed["version"], changed["totalTimeoutMs"], changed["ratePerMinute"]) == (2, 9_000, 60)
    assert changed["versions"]["nodes"] == [
        {"version": 2, "cause": "changed"},
        {"version": 1, "cause": "registered"},
    ]
    assert change(token, provider_id, 2, ratePerMinute=None)["provider"]["ratePerMinute"] is None
    wish = {"id": f"Provider:{provider_id}", "version": 3, "toVersion": 1}
    answer = sent(
        token, "rollBackProvider", "RollBackProviderInput", wish, "provider { version totalTimeoutMs }"
    )
    assert answer.data["rollBackProvider"]["provider"] == {"version": 4, "totalTimeoutMs": 5_000}


@pytest.mark.parametrize(
    ("version", "settings", "code", "path"),
    [
        (7, {"weight": 2}, "STALE_VERSION", ["version"]),
        (1, {"weight": 0}, "INVALID_PROVIDER", ["settings", "weight"]),
        (1, {"baseUrl": "gopher://x"}, "INVALID_PROVIDER", ["settings", "baseUrl"]),
        (1, {"enabled": None}, "INVALID_PROVIDER", ["settings", "enabled"]),
    ],
)
def test_what_can_not_be_is_a_typed_refusal(
    token: str, provider_id: UUID, version: int, settings: dict[str, Any], code: str, path: list[str]
) -> None:
    refused = change(token, provider_id, version, **settings)
    assert refused["provider"] is None
    assert [(each["code"], each["path"]) for each in refused["problems"]] == [(code, path)]


def test_settings_that_fail_their_test_are_not_taken(token: str, provider_id: UUID) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/"
    refused = change(token, provider_id, test=True, baseUrl=nowhere)
    assert [each["code"] for each in refused["problems"]] == ["CREDENTIALS_NEEDED"]
    whole = {
        "id": f"Provider:{provider_id}", "version": 1, "test": True, "settings": {"baseUrl": nowhere},
        "credentials": [{"name": "api_key", "value": SECRET}],
    }  # fmt: skip
    refused = asked(CHANGE, {"input": whole}, token=token).data["changeProvider"]
    assert [each["code"] for each in refused["problems"]] == ["PROVIDER_TEST_FAILED"]
    wish = {"id": f"Provider:{provider_id}"}
    answer = sent(token, "testProvider", "TestProviderInput", wish, "passed outcome code")
    assert answer.data["testProvider"] == {"passed": True, "outcome": "SETTLED", "code": "OK", "problems": []}


def test_maintenance_is_planned_and_called_off(token: str, provider_id: UUID) -> None:
    start = now()
    wish = {
        "id": f"Provider:{provider_id}", "reason": "release",
        "startsAt": start.isoformat(), "endsAt": (start + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    planned = sent(
        token, "planMaintenance", "PlanMaintenanceInput", wish,
        "provider { maintenanceWindows { nodes { id reason } } }",
    )  # fmt: skip
    (window,) = planned.data["planMaintenance"]["provider"]["maintenanceWindows"]["nodes"]
    assert window["reason"] == "release"
    cancelled = sent(
        token, "cancelMaintenance", "CancelMaintenanceInput", {"id": window["id"]},
        "provider { maintenanceWindows { totalCount } }",
    )  # fmt: skip
    assert cancelled.data["cancelMaintenance"]["provider"]["maintenanceWindows"]["totalCount"] == 0


def test_what_was_exchanged_is_read_masked(token: str, provider_id: UUID) -> None:
    call(provider_id)
    answer = asked(
        "{ providerExchanges { nodes { action code request answer httpStatus provider { code } } } }",
        token=token,
    )
    (node,) = answer.data["providerExchanges"]["nodes"]
    assert node["request"] == {"pan": "****", "name": "****"}
    assert node["answer"]["status"] == "OK"
    assert node["answer"]["registered_name"] == "****"
    assert (node["httpStatus"], node["provider"]["code"]) == (200, "bureau")
    assert PAN not in answer.text
    assert SECRET not in answer.text


def test_a_malformed_answer_is_opened_whole_with_a_reason_that_is_kept(
    token: str, provider_id: UUID, sandbox: Sandbox
) -> None:
    sandbox.misbehave("malformed")
    call(provider_id)
    exchange = ProviderExchange.objects.get()
    assert PAN.encode() not in bytes(exchange.whole_sealed or b"")
    wish = {"id": f"ProviderExchange:{exchange.id}", "reason": "ticket 4711: their answer is not JSON"}
    kind = "OpenExchangeInput"
    assert sent(token, "openExchange", kind, wish, "whole").codes == ["NOT_ALLOWED"]
    chief = signed_in(make_user("chief", "administrator"))
    short = sent(chief, "openExchange", kind, {**wish, "reason": "why not"}, "whole")
    assert short.data["openExchange"]["problems"] == [{"code": "REASON_MISSING", "path": ["reason"]}]
    whole = json.loads(sent(chief, "openExchange", kind, wish, "whole").data["openExchange"]["whole"])
    assert whole["request"]["body"]["pan"] == PAN
    assert whole["answer"]["body"].startswith('{"status": "OK"')
    assert not whole["answer"]["body"].endswith("}")
    assert SECRET not in str(whole)
    told = AuditLog.objects.get(operation_name="open_exchange")
    assert told.event == "EXPORT"
    assert "ticket 4711" in str(told.changes)


def test_what_is_old_is_forgotten(token: str, provider_id: UUID) -> None:
    call(provider_id)
    configure(actor=ACTOR, key="providers.whole_kept_days", value=7)
    ProviderExchange.objects.update(sent_at=now() - timedelta(days=8))
    assert forget_exchanges() is False
    exchange = ProviderExchange.objects.get()
    assert exchange.whole_sealed is None
    chief = signed_in(make_user("chief", "administrator"))
    wish = {"id": f"ProviderExchange:{exchange.id}", "reason": "ticket 4711: too late"}
    refused = sent(chief, "openExchange", "OpenExchangeInput", wish, "whole")
    assert refused.data["openExchange"]["problems"] == [{"code": "EXCHANGE_FORGOTTEN", "path": ["id"]}]
    ProviderExchange.objects.update(sent_at=now() - timedelta(days=401))
    forget_exchanges()
    assert not ProviderExchange.objects.exists()


def test_health_is_checked_and_figures_are_of_calls(token: str, provider_id: UUID, sandbox: Sandbox) -> None:
    assert check_one() is True
    assert check_one() is False  # not due yet
    assert ProviderExchange.objects.get().whole_sealed is None  # nobody needs a check whole
    call(provider_id)
    sandbox.misbehave("error_500")
    call(provider_id)
    fields = (
        "checkPassed checkCode breaker recentCalls recentGoodPercent recentLatencyP50Ms recentLatencyP99Ms"
    )
    node = asked(f'{{ provider(code: "bureau") {{ {fields} }} }}', token=token).data["provider"]
    assert (node["checkPassed"], node["checkCode"], node["breaker"]) == (True, "OK", "CLOSED")
    assert (node["recentCalls"], node["recentGoodPercent"]) == (2, 50)
    assert 0 <= node["recentLatencyP50Ms"] <= node["recentLatencyP99Ms"]
    (report,) = health_report()
    assert (report.code, report.breaker, report.calls, report.good_percent) == ("bureau", "CLOSED", 2, 50)


def test_a_configured_value_is_changed_within_its_shape_and_taken_back(token: str) -> None:
    configure(actor=ACTOR, key="payments.upi_amount_max", value={"value": "100000.00", "currency": "INR"})
    kind, name = "ChangeSystemConfigInput", "changeSystemConfig"
    wish = {"key": "payments.upi_amount_max", "version": 1, "value": '{"value": "5", "currency": "INR"}'}
    done = sent(token, name, kind, wish, "systemConfig { version value versions { nodes { cause } } }").data[
        name
    ]
    assert done["systemConfig"]["value"] == {"value": "5", "currency": "INR"}
    assert len(done["systemConfig"]["versions"]["nodes"]) == 2
    for value, version, code in [
        ('{"value": "5"}', 2, "INVALID_CONFIGURATION"),
        ('{"value": 5, "currency": "INR"}', 2, "INVALID_CONFIGURATION"),
        ('{"value": "much", "currency": "INR"}', 2, "INVALID_CONFIGURATION"),
        ("{", 2, "INVALID_CONFIGURATION"),
        ("NaN", 2, "INVALID_CONFIGURATION"),
        ('{"value": "6", "currency": "INR"}', 1, "STALE_VERSION"),
    ]:
        refused = sent(
            token, name, kind, {**wish, "value": value, "version": version}, "systemConfig { key }"
        )
        assert [each["code"] for each in refused.data[name]["problems"]] == [code], value
    back = {"key": "payments.upi_amount_max", "version": 2, "toVersion": 1}
    done = sent(token, "rollBackSystemConfig", "RollBackSystemConfigInput", back, "systemConfig { value }")
    assert done.data["rollBackSystemConfig"]["systemConfig"]["value"]["value"] == "100000.00"


@pytest.mark.parametrize("role", ["customer", "relationship_manager", "kyc_officer", "auditor", "service"])
def test_nobody_else_changes_a_provider(provider_id: UUID, role: str) -> None:
    token = signed_in(make_user("someone", role))
    wish = {"id": f"Provider:{provider_id}", "version": 1, "settings": {"enabled": False}}
    assert asked(CHANGE, {"input": wish}, token=token).codes == ["NOT_ALLOWED"]
    assert Provider.objects.get().enabled

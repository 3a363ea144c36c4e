"""Registering providers and setting values: validated, told in the audit trail, once."""

from typing import Any

import pytest

from domains.audit.models import AuditLog
from domains.kernel.actor import Actor
from domains.providers.models import Provider, SystemConfig
from domains.providers.operations import InvalidConfiguration, InvalidProvider, configure, register_provider
from domains.providers.queries import configured

pytestmark = pytest.mark.django_db

RAIL: dict[str, Any] = {
    "code": "sandbox-upi",
    "name": "Sandbox rail",
    "capability": "PAYMENT_RAIL",
    "base_url": "http://127.0.0.1:9101/",
}


def test_a_provider_is_registered_once_and_told_as_config(officer: Actor) -> None:
    first = register_provider(actor=officer, **RAIL)
    assert register_provider(actor=officer, **RAIL | {"name": "Another name"}) == first
    assert Provider.objects.get().name == "Sandbox rail"
    assert AuditLog.objects.get().event == "CONFIG"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"code": "Sandbox UPI"}, ("code",)),
        ({"code": ""}, ("code",)),
        ({"name": " "}, ("name",)),
        ({"capability": "MAGIC"}, ("capability",)),
        ({"base_url": "file:///etc/passwd"}, ("baseUrl",)),
        ({"base_url": "127.0.0.1"}, ("baseUrl",)),
        (
            {"adapter": "none", "settings": {"adapter": "sandbox_rail"}, "credentials": {"a": "b"}},
            ("credentials",),
        ),
    ],
)
def test_a_part_that_a_provider_can_not_have_is_refused(
    officer: Actor, wrong: dict[str, str], path: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidProvider) as refused:
        register_provider(actor=officer, **RAIL | wrong)
    assert refused.value.path == path
    assert not Provider.objects.exists()


def test_a_value_is_set_changed_and_left_alone_when_it_is_the_same(officer: Actor) -> None:
    assert configure(actor=officer, key="support.phone", value="1800 000 0000")
    assert not configure(actor=officer, key="support.phone", value="1800 000 0000")
    assert configure(actor=officer, key="support.phone", value={"india": "1800 111 1111"})
    assert configured("support.phone") == {"india": "1800 111 1111"}
    config = SystemConfig.objects.get()
    assert (config.version, config.updated_by) == (2, officer.id)
    changes = [entry.changes[0] for entry in AuditLog.objects.order_by("id")]
    assert [change["after"]["value"] for change in changes] == [
        '"1800 000 0000"',
        '{"india": "1800 111 1111"}',
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [("", 1), ("Support Phone", 1), ("a" * 101, 1), ("rate", float("nan")), ("when", object())],
)
def test_what_can_not_be_configured_is_refused(officer: Actor, key: str, value: object) -> None:
    with pytest.raises(InvalidConfiguration):
        configure(actor=officer, key=key, value=value)
    assert not SystemConfig.objects.exists()

"""What KYC lets a customer do on any date."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from domains.kernel.days import today
from domains.kyc import duty_rules
from domains.kyc.duties import Asked, permissions

CustomerAction = duty_rules.CustomerAction
strawberry.enum(CustomerAction, name="CustomerAction", description="What a customer may want to do.")


@strawberry.type(description="Whether KYC lets a customer do something on a date.")
class KYCPermission:
    """Whether KYC lets a customer do something on a date."""

    allowed: bool = strawberry.field(description="Yes or no.")
    rule: str = strawberry.field(description="The rule that held on the date.")
    reason: str = strawberry.field(description="How the customer stands under it.")


def computed_permissions(parents: Sequence[tuple[Any, ...]]) -> list[dict[str, object]]:
    """Return the permission of each (customer's key, action, date or None) as its parts."""
    asked = [
        Asked(UUID(key), CustomerAction(action), date.fromisoformat(on) if on else today())
        for key, action, on in parents
    ]
    return [
        {"allowed": each.allowed, "rule": each.rule, "reason": each.reason} for each in permissions(asked)
    ]

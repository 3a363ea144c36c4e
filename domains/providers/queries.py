"""Reading the registry and the configuration."""

from domains.providers.models import Capability, Provider, SystemConfig


def enabled_providers(capability: Capability) -> list[Provider]:
    """Return the enabled providers of a capability, the one to ask first in front."""
    return list(Provider.objects.filter(capability=capability, enabled=True).order_by("priority", "code"))


def configured(key: str) -> object | None:
    """Return the configured value of a key, or None."""
    return SystemConfig.objects.filter(key=key).values_list("value", flat=True).first()

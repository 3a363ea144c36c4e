"""Times in which a provider is not asked."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from domains.audit.events import Event
from domains.audit.operations import Change, record
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.text import tidy_line
from domains.providers.failures import InvalidMaintenance, MaintenanceNotFound, ProviderNotFound
from domains.providers.models import MaintenanceWindow, Provider

TABLE = "providers_maintenancewindow"
LENGTH_MAX = timedelta(days=31)


@transaction.atomic
def plan_maintenance(
    *, actor: Actor, provider_id: UUID, starts_at: datetime, ends_at: datetime, reason: str
) -> UUID:
    """Leave a provider alone from `starts_at` until `ends_at`, and return the window's id.

    Raises InvalidMaintenance or ProviderNotFound.
    """
    line = tidy_line(reason, length_max=500)
    if line is None:
        raise InvalidMaintenance("A reason has 1 to 500 printable characters.", path=("reason",))
    if not starts_at < ends_at <= starts_at + LENGTH_MAX:
        raise InvalidMaintenance("A window ends after it starts, within 31 days.", path=("endsAt",))
    if ends_at <= now():
        raise InvalidMaintenance("This window is over already.", path=("endsAt",))
    if not Provider.objects.filter(id=provider_id).exists():
        raise ProviderNotFound
    window = MaintenanceWindow.objects.create(
        provider_id=provider_id, starts_at=starts_at, ends_at=ends_at, reason=line
    )
    _tell(actor, "plan_maintenance", window, None, _told(window))
    return window.id


@transaction.atomic
def cancel_maintenance(*, actor: Actor, window_id: UUID) -> UUID:
    """Ask the provider again from now on, and return its id. Raises MaintenanceNotFound."""
    window = MaintenanceWindow.objects.select_for_update().filter(id=window_id).first()
    if window is None:
        raise MaintenanceNotFound
    _tell(actor, "cancel_maintenance", window, _told(window), None)
    window.delete()
    return window.provider_id


def _told(window: MaintenanceWindow) -> str:
    return f"{window.provider_id} {window.starts_at.isoformat()}/{window.ends_at.isoformat()}"


def _tell(actor: Actor, name: str, window: MaintenanceWindow, before: str | None, after: str | None) -> None:
    change = Change(TABLE, window.id, "window", before, after, in_clear=True)
    record(event=Event.CONFIG, actor=actor, operation_name=name, changes=[change])

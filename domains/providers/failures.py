"""What can be wrong with a change of the configuration."""

from datetime import datetime

from domains.kernel.failures import Conflict, Invalid, NotFound, Refused


class InvalidProvider(Invalid):
    """A part that a provider can't have; `path` names it."""

    code = "INVALID_PROVIDER"


class InvalidConfiguration(Invalid):
    """A key or a value that can't be configured."""

    code = "INVALID_CONFIGURATION"


class InvalidMaintenance(Invalid):
    """A window that can't be."""

    code = "INVALID_MAINTENANCE"


class ProviderNotFound(NotFound):
    """There is no such provider."""

    code = "PROVIDER_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such provider.", path=("id",))


class ConfigurationNotFound(NotFound):
    """Nothing is configured under this key."""

    code = "CONFIGURATION_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("Nothing is configured under this key.", path=("key",))


class VersionNotFound(NotFound):
    """There was no such version."""

    code = "VERSION_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such version.", path=("toVersion",))


class MaintenanceNotFound(NotFound):
    """There is no such window."""

    code = "MAINTENANCE_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such maintenance window.", path=("id",))


class StaleConfiguration(Conflict):
    """It was changed since the caller read it."""

    code = "STALE_VERSION"

    def __init__(self, *, version: int, changed_at: datetime) -> None:
        super().__init__(
            f"It was changed meanwhile: it is at version {version} since {changed_at:%Y-%m-%d %H:%M:%S} UTC. "
            "Read it again.",
            path=("version",),
        )


class CodeTaken(Conflict):
    """There is a provider of this code."""

    code = "PROVIDER_EXISTS"

    def __init__(self) -> None:
        super().__init__("There is a provider of this code already.", path=("code",))


class CredentialsStay(Refused):
    """The credentials that are set are for another server than the one that the address leads to now."""

    code = "CREDENTIALS_NEEDED"

    def __init__(self) -> None:
        super().__init__(
            "This address is on another server than the credentials were set for: give the credentials along.",
            path=("credentials",),
        )


class ProviderTestFailed(Refused):
    """The call that was to prove the new settings failed; they were not taken."""

    code = "PROVIDER_TEST_FAILED"

    def __init__(self, told: str) -> None:
        super().__init__(f"The test call failed, so nothing was changed: {told}", path=("test",))


class CanNotBeTested(Refused):
    """There is no adapter, so nothing can be called."""

    code = "PROVIDER_HAS_NO_ADAPTER"

    def __init__(self) -> None:
        super().__init__("This provider has no adapter, so it can't be called.", path=("id",))


class ExchangeNotFound(NotFound):
    """There is no such exchange."""

    code = "EXCHANGE_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such exchange.", path=("id",))


class WholeForgotten(Refused):
    """What was exchanged is kept whole for a time only, and that is over."""

    code = "EXCHANGE_FORGOTTEN"

    def __init__(self) -> None:
        super().__init__("It is no longer kept whole; what is masked can still be read.", path=("id",))


class ReasonMissing(Invalid):
    """What is opened against the rule needs a reason."""

    code = "REASON_MISSING"

    def __init__(self) -> None:
        super().__init__("Say why it is opened, in 10 to 500 printable characters.", path=("reason",))

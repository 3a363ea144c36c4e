"""Tables of providers: what operations configure (`configuration`), and what calls leave behind (`traffic`)."""

from domains.providers.models.configuration import (
    MaintenanceWindow as MaintenanceWindow,
)
from domains.providers.models.configuration import (
    Provider as Provider,
)
from domains.providers.models.configuration import (
    ProviderVersion as ProviderVersion,
)
from domains.providers.models.configuration import (
    SystemConfig as SystemConfig,
)
from domains.providers.models.configuration import (
    SystemConfigVersion as SystemConfigVersion,
)
from domains.providers.models.traffic import (
    ProviderExchange as ProviderExchange,
)
from domains.providers.models.traffic import (
    ProviderState as ProviderState,
)
from domains.providers.words import (
    Capability as Capability,
)

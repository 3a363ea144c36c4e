"""All that can be done with providers and configured values, for other domains and the graph."""

from domains.providers.asking import ask as ask
from domains.providers.asking import ask_any as ask_any
from domains.providers.changing import change_provider as change_provider
from domains.providers.changing import register_provider as register_provider
from domains.providers.changing import roll_back_provider as roll_back_provider
from domains.providers.changing import sealed_credentials as sealed_credentials
from domains.providers.changing import set_credentials as set_credentials
from domains.providers.changing import test_provider as test_provider
from domains.providers.exchanges import open_exchange as open_exchange
from domains.providers.failures import InvalidConfiguration as InvalidConfiguration
from domains.providers.failures import InvalidProvider as InvalidProvider
from domains.providers.maintenance import cancel_maintenance as cancel_maintenance
from domains.providers.maintenance import plan_maintenance as plan_maintenance
from domains.providers.values import change_config as change_config
from domains.providers.values import configure as configure
from domains.providers.values import roll_back_config as roll_back_config

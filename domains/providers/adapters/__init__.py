"""The adapters: one folder of the same shape for each interface that is spoken (docs/providers.md).

Owns the list of them and the common meanings of HTTP's codes. Sends nothing, stores nothing.
"""

from collections.abc import Mapping

from domains.providers.adapter import Adapter
from domains.providers.adapters import (
    sandbox_aggregator,
    sandbox_bureau,
    sandbox_depository,
    sandbox_prices,
    sandbox_rail,
    sandbox_ticker,
    sandbox_venue,
)

ADAPTERS: Mapping[str, Adapter] = {
    each.ADAPTER.name: each.ADAPTER
    for each in (
        sandbox_bureau,
        sandbox_depository,
        sandbox_prices,
        sandbox_ticker,
        sandbox_aggregator,
        sandbox_rail,
        sandbox_venue,
    )
}

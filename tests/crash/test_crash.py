"""The small form of the crash test; the large one is `make crash`."""

import tempfile
from pathlib import Path

from tests.crash.__main__ import MUST_BE_NOTHING, run


def test_nothing_is_lost_doubled_or_stuck_while_everything_is_killed() -> None:
    """Payments, killed gateways, killed workers, a killed database, a rail that lies: the books tie out."""
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        figures = run(Path(folder), 40, 20261125, seconds=240, threads=4, gateways=1)
    print(figures)
    assert {name: figures[name] for name in MUST_BE_NOTHING} == dict.fromkeys(MUST_BE_NOTHING, 0), figures
    assert figures["books"] == "tie out"
    assert figures["kills"]["database"]

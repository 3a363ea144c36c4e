"""The figures of processes that have ended: summed into one file of each kind, so that recycling leaves no
heap.

prometheus-client leaves a file of each kind for each process. Counters and histograms of the dead count on;
their gauges do not.
"""

from pathlib import Path

import psutil
from prometheus_client.mmap_dict import MmapedDict

MERGED = "merged"


def merge_the_dead(directory: Path) -> None:
    """Merge the files of processes that have ended; only one process may do so at a time."""
    for file in sorted(directory.glob("*.db")):
        kind, _, owner = file.stem.rpartition("_")
        if owner == MERGED or psutil.pid_exists(int(owner)):
            continue
        if kind in ("counter", "histogram"):
            _merge(file, directory / f"{kind}_{MERGED}.db")
        file.unlink()


def _merge(file: Path, into: Path) -> None:
    merged = MmapedDict(str(into))  # type: ignore[no-untyped-call] # published untyped
    try:
        for key, value, timestamp, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call] # published untyped
            before, _ = merged.read_value(key)  # type: ignore[no-untyped-call] # published untyped
            merged.write_value(key, before + value, timestamp)  # type: ignore[no-untyped-call] # published untyped
    finally:
        merged.close()  # type: ignore[no-untyped-call] # published untyped

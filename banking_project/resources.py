"""What processes and machine use: sampled, since the multi-process mode of prometheus-client leaves it out.

Processes are named by what they are and numbered by age, so that recycling adds no new names: `gateway-1` is the
oldest worker of gunicorn.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import psutil
from django.conf import settings
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily


@dataclass(frozen=True, slots=True)
class ProcessSample:
    """One process at a moment."""

    name: str
    cpu_s: float
    memory_bytes: int
    files: int
    threads: int
    started_s: float  # since the epoch


@dataclass(frozen=True, slots=True)
class MachineSample:
    """The machine at a moment; ratios from 0 to 1."""

    cpu_ratio: float
    load: float  # average of a minute
    memory_total_bytes: int
    memory_available_bytes: int
    disk_total_bytes: int
    disk_free_bytes: int
    received_bytes: int
    sent_bytes: int


class Resources:
    """The last samples, as a collector of Prometheus; `parent` is gunicorn's main process."""

    def __init__(self, parent: int) -> None:
        self.parent = psutil.Process(parent)
        self.processes: list[ProcessSample] = []
        psutil.cpu_percent()  # the first call begins to measure
        self.machine = self._machine()

    def sample(self) -> None:
        """Look at processes and machine."""
        self.processes = self._processes()
        self.machine = self._machine()

    def _processes(self) -> list[ProcessSample]:
        own = psutil.Process()
        workers = [child for child in self.parent.children() if child.pid != own.pid]
        named = [("gunicorn", self.parent), ("monitor", own)]
        named += [(f"gateway-{number}", child) for number, child in enumerate(sorted(workers, key=_age), 1)]
        named += [(f"worker-{number}", each) for number, each in enumerate(_job_workers(self.parent), 1)]
        found = []
        for name, process in named:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    found.append(
                        ProcessSample(
                            name=name,
                            cpu_s=times.user + times.system,
                            memory_bytes=process.memory_info().rss,
                            files=process.num_fds(),
                            threads=process.num_threads(),
                            started_s=process.create_time(),
                        )
                    )
            except psutil.Error:  # it ended just now
                continue
        return found

    def _machine(self) -> MachineSample:
        memory, disk, network = (
            psutil.virtual_memory(),
            psutil.disk_usage(str(settings.BASE_DIR)),
            psutil.net_io_counters(),
        )
        return MachineSample(
            cpu_ratio=psutil.cpu_percent() / 100,
            load=psutil.getloadavg()[0],
            memory_total_bytes=memory.total,
            memory_available_bytes=memory.available,
            disk_total_bytes=disk.total,
            disk_free_bytes=disk.free,
            received_bytes=network.bytes_recv if network else 0,
            sent_bytes=network.bytes_sent if network else 0,
        )

    def collect(self) -> Iterable[Metric]:
        """Return the last samples."""
        cpu = CounterMetricFamily(
            "banking_process_cpu_seconds", "Processor time of a process.", labels=["process"]
        )
        gauges = {
            "memory_bytes": _gauge("banking_process_resident_memory_bytes", "Memory of a process."),
            "files": _gauge("banking_process_open_files", "Open files of a process."),
            "threads": _gauge("banking_process_threads", "Threads of a process."),
            "started_s": _gauge("banking_process_start_time_seconds", "When a process started."),
        }
        for process in self.processes:
            cpu.add_metric([process.name], process.cpu_s)
            for attribute, gauge in gauges.items():
                gauge.add_metric([process.name], getattr(process, attribute))
        yield cpu
        yield from gauges.values()
        machine = self.machine
        for name, description, value in (
            ("cpu_ratio", "Share of the processors' time in use.", machine.cpu_ratio),
            ("load", "Load average of a minute.", machine.load),
            ("memory_bytes", "Memory of the machine.", machine.memory_total_bytes),
            ("memory_available_bytes", "Memory that is available.", machine.memory_available_bytes),
            ("disk_bytes", "Size of the disk that the program is on.", machine.disk_total_bytes),
            ("disk_free_bytes", "Room on that disk.", machine.disk_free_bytes),
        ):
            yield GaugeMetricFamily(f"banking_machine_{name}", description, value=value)
        for name, description, count in (
            ("network_received_bytes", "Bytes received.", machine.received_bytes),
            ("network_sent_bytes", "Bytes sent.", machine.sent_bytes),
        ):
            yield CounterMetricFamily(f"banking_machine_{name}", description, value=count)


def _gauge(name: str, description: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, description, labels=["process"])


def _age(process: psutil.Process) -> float:
    try:
        return float(process.create_time())
    except psutil.Error:
        return 0.0


def _job_workers(gunicorn: psutil.Process) -> list[psutil.Process]:
    """Return the workers of jobs that the same program started beside gunicorn, the oldest first."""
    try:
        siblings = gunicorn.parent().children() if gunicorn.parent() else []
        return sorted((each for each in siblings if each.cmdline()[-2:] == ["manage.py", "worker"]), key=_age)
    except psutil.Error:
        return []

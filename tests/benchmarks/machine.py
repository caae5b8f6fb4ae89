"""On which machine, with which versions, and how quiet it was. Linux: it reads /proc."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

PACKAGES = ("papermill", "uv")
"""Of the environment that measures; the blocks tell of theirs."""
_CALM_CORES = 0.25
_CALM_SECONDS = 3


@dataclass(frozen=True)
class Quiet:
    """How busy others kept the machine before a block. `cores`: of the last second looked at."""

    load: float
    """Load average of the last minute."""
    cores: float
    waited: float
    reached: bool

    def __str__(self) -> str:
        told = f"load average {self.load:.2f}, {self.cores:.2f} cores busy"
        if self.reached:
            return told
        return f"{told}, after waiting {self.waited:.0f} s for quiet in vain"


def settle(limit: float) -> Quiet:
    """Wait until others have used less than a quarter of a core for three seconds on end, or for
    `limit` seconds."""
    started = time.monotonic()
    calm = 0
    cores = busy_cores(1.0)
    while True:
        calm = calm + 1 if cores < _CALM_CORES else 0
        waited = time.monotonic() - started
        if calm >= _CALM_SECONDS or waited >= limit:
            return Quiet(os.getloadavg()[0], cores, waited, calm >= _CALM_SECONDS)
        cores = busy_cores(1.0)


def busy_cores(seconds: float) -> float:
    """How many cores were busy on average for the next seconds."""
    before = busy_seconds()
    time.sleep(seconds)
    return (busy_seconds() - before) / seconds


def busy_seconds() -> float:
    """Seconds that all cores together have worked since the machine started."""
    fields = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    user, nice, system, _idle, _wait, irq, softirq, steal = (int(field) for field in fields[:8])
    ticks = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq + steal) / ticks


def facts(more: Mapping[str, str]) -> dict[str, str]:
    """What the page says of machine and versions. No host name: the page is public."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}, {_distribution()}",
        "Python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
        **more,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return "unknown"

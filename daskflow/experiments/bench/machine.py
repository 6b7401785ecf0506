"""The facts about a machine without which a figure means nothing."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import version
from pathlib import Path

from daskflow.version import __version__

Facts = dict[str, str | int | float]


def machine_facts() -> Facts:
    """CPU, memory, versions and the date; sizes in GB of 10⁹ bytes."""
    shared = os.statvfs("/dev/shm") if Path("/dev/shm").is_dir() else None
    return {
        "cpu_model": cpu_model(Path("/proc/cpuinfo").read_text()),
        "cores_usable": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
        "shared_memory_gb": round(shared.f_blocks * shared.f_frsize / 1e9, 1) if shared else 0.0,
        "kernel": platform.release(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "dask", "distributed")},
        "daskflow": __version__,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def cpu_model(cpuinfo: str) -> str:
    """The name of the first CPU in the text of ``/proc/cpuinfo``; that of the architecture if it has none."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()

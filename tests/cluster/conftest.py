"""Every cluster test ends by asserting that nothing of its runs is left."""

from __future__ import annotations

import glob
import multiprocessing.util
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dask.config
import psutil
import pytest

NO_DASHBOARD = {"dashboard_address": None}


def places() -> set[str]:
    return {
        path
        for folder in ("/dev/shm", tempfile.gettempdir())
        for pattern in ("daskflow-*", "pymp-*", "dask-scratch-space")
        for path in glob.glob(os.path.join(folder, pattern))
    }


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def shown(pid: int) -> str:
    """A process in words, for the message of a test that fails."""
    try:
        process = psutil.Process(pid)
        return f"{pid} {process.status()}: {' '.join(process.cmdline())[:200]}"
    except psutil.NoSuchProcess:
        return f"{pid}, which is gone by now"


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@contextmanager
def leaving_nothing() -> Iterator[None]:
    multiprocessing.util.get_temp_dir()  # of this process, until it ends
    places_before, children_before = places(), children()
    yield
    assert places() <= places_before, "directories of a run are left"
    left = [shown(pid) for pid in children() - children_before]
    assert not left, "processes of a run are left"
    names = [t.name for t in threading.enumerate() if t.name.startswith("daskflow")]
    assert not names, f"threads of a run are left: {names}"


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    with leaving_nothing():
        yield


@pytest.fixture(params=["socket", "comm"])
def carrier(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs the test once over each carrier."""
    with dask.config.set({"daskflow.carrier": request.param}):
        yield request.param

"""Every cluster test ends by asserting that nothing of its runs is left."""

from __future__ import annotations

import glob
import multiprocessing.util
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker

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
        if "daskflow-simulated-" not in path  # of other tests, which look after it themselves
    }


def places_of_others() -> set[str]:
    """Those of flows that other programs run on this machine: the janitor of each names them."""
    own = {os.getpid(), *children()}
    found: set[str] = set()
    for process in psutil.process_iter(["ppid", "cmdline"]):
        command = process.info["cmdline"] or []
        has_program = process.info["ppid"] not in {1, *own}  # 1: it was killed, maybe by a test of ours
        if "daskflow-janitor" in command and has_program:
            found.update(command[command.index("daskflow-janitor") + 1 :])
    return found


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
    places_before, children_before = places() | places_of_others(), children()
    yield
    left_places = places() - places_before
    left_places -= places_of_others()
    assert not left_places, "directories of a run are left"
    shared = {forkserver._forkserver._forkserver_pid, resource_tracker._resource_tracker._pid}
    left = [shown(pid) for pid in children() - children_before - shared]
    assert not left, "processes of a run are left"
    names = [t.name for t in threading.enumerate() if t.name.startswith("daskflow")]
    assert not names, f"threads of a run are left: {names}"


class SharedForkServer:
    """One for all flows of these tests: each would start its own otherwise, which takes most of a second."""

    def start(self) -> None:
        # Imported late: distributed sets up its logging when pytest has set up its own.
        from daskflow.cluster.forkserver import ForkServer, preloads_for

        self._server = ForkServer(preloads_for([]))

    def stop(self) -> None:
        self._server.release()


@pytest.fixture(autouse=True, scope="package")
def fork_server() -> Iterator[SharedForkServer]:
    """That a server ends with the last flow of a program, `test_scripts.py` shows."""
    server = SharedForkServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_fork_server(fork_server: SharedForkServer) -> Iterator[None]:
    """For tests that look at what workers print: they print where their server was started."""
    fork_server.stop()
    yield
    fork_server.start()


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    with leaving_nothing():
        yield


@pytest.fixture(params=["socket", "comm"])
def carrier(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs the test once over each carrier."""
    with dask.config.set({"daskflow.carrier": request.param}):
        yield request.param

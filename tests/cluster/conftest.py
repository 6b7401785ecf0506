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
from pathlib import Path

import dask.config
import psutil
import pytest

from tests.cluster.programs import Start, programs

NO_DASHBOARD = {"dashboard_address": None}


SUITE = "DASKFLOW_TESTS_OF"
"""In the environment of this process and of all that it starts: whose they are, even as orphans."""


def places() -> set[str]:
    """What is there of flows, those of other programs on this machine left out."""
    others = places_of_others()
    found = {
        path
        for folder in ("/dev/shm", tempfile.gettempdir())
        for pattern in ("daskflow-*", "pymp-*", "dask-scratch-space/*")  # Dask leaves the empty folder itself
        for path in glob.glob(os.path.join(folder, pattern))
        if "daskflow-simulated-" not in path and "@" not in path  # of other tests, which look after them
    }
    # Others begin and end meanwhile. The janitor of a flow is there before its folders, and after them.
    return found - others - places_of_others()


def places_of_others() -> set[str]:
    """Where flows are that no test of this process started: the janitor of each names them."""
    found: set[str] = set()
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if "daskflow-janitor" in command and not is_ours(process):
            found.update(command[command.index("daskflow-janitor") + 1 :])
    return found


def is_ours(process: psutil.Process) -> bool:
    """Whether it is of a test of this process, even if whoever started it was killed."""
    try:
        return process.environ().get(SUITE) == str(os.getpid())
    except psutil.Error:
        return False  # it has ended, or is another user's


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
    places_before, children_before, threads_before = places(), children(), set(threading.enumerate())
    yield
    assert not places() - places_before, "directories of a run are left"
    shared = {forkserver._forkserver._forkserver_pid, resource_tracker._resource_tracker._pid}
    left = [shown(pid) for pid in children() - children_before - shared]
    assert not left, "processes of a run are left"
    threads = set(threading.enumerate()) - threads_before
    names = [thread.name for thread in threads if thread.name.startswith("daskflow")]
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
def ours() -> Iterator[None]:
    """Tells what this process starts from what its neighbours do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SUITE, str(os.getpid()))
        yield


@pytest.fixture(autouse=True, scope="package")
def fork_server(ours: None) -> Iterator[SharedForkServer]:
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


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts programs in the folder of the test."""
    with programs(tmp_path) as start:
        yield start


@pytest.fixture(params=["socket", "comm"])
def carrier(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs the test once over each carrier."""
    with dask.config.set({"daskflow.carrier": request.param}):
        yield request.param

"""How worker processes begin: forked from a server that has imported what they need, not from the script."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import multiprocessing.util
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import forkserver, resource_tracker, spawn
from multiprocessing.synchronize import SemLock
from types import ModuleType
from typing import Any

import dask.config
import distributed.utils

from daskflow.core.node import FusedNode, Node, TaskModuleNode
from daskflow.plan.plan import THREAD_VARIABLES

# Safe to fork with: with one thread for OpenBLAS they start none. PyAV, CUDA, torch and onnxruntime are not,
# once they are loaded. Each worker's own /metrics imports prometheus_client: 13 ms.
ALWAYS = ("distributed", "distributed.nanny", "daskflow.cluster.preloaded", "prometheus_client")
IF_IMPORTED = ("cv2",)
IF_USED = ("supervision",)  # most of a second, for SciPy: once for all tasks of a flow, or not at all

DASK_WORKER = "Dask Worker process"

SETTINGS = {
    "distributed.worker.multiprocessing-method": "forkserver",
    # Dask would put these into the environment of this process; they belong into that of the workers.
    "distributed.nanny.pre-spawn-environ": {},
}

# Their own tests stop them by these names; the modules offer no public way.
_server: Any = forkserver._forkserver
_tracker: Any = resource_tracker._resource_tracker


class ForkServer:
    """The fork server of this process, for as long as a run needs it.

    It is shared with whatever else the program does with `multiprocessing`: what ran before is left running.
    """

    _users = 0
    _settings: dask.config.set | None = None
    _found_server = False
    _found_tracker = False

    def __init__(self, preloads: Sequence[str]) -> None:
        """Begin to import what workers need, in a process of its own; returns at once.

        The imports take longer than everything else at the start of a run, and go on beside it.
        """
        _keep_main_script_out_of_workers()
        if ForkServer._users == 0:
            ForkServer._found_server = _server._forkserver_pid is not None
            ForkServer._found_tracker = _tracker._pid is not None
            multiprocessing.set_forkserver_preload(list(preloads))
            # Dask sets a preload list of its own at the first worker, unless it believes that it has.
            distributed.utils._forkserver_preload_set = True
            ForkServer._settings = dask.config.set(SETTINGS)  # until the last run: workers restart too
            with _one_thread_each():
                forkserver.ensure_running()
        ForkServer._users += 1

    def release(self) -> None:
        """Stop the server if this was the last run that needs it and it was started for one."""
        ForkServer._users -= 1
        if ForkServer._users:
            return
        assert ForkServer._settings is not None
        ForkServer._settings.__exit__(None, None, None)
        if not ForkServer._found_server:
            # It holds nothing, and would wait for workers that should be gone and may not be.
            os.kill(_server._forkserver_pid, signal.SIGKILL)
            _server._stop()
        if not ForkServer._found_tracker and not _tracker_is_needed():
            _tracker._stop()


def preloads_for(nodes: Iterable[Node]) -> list[str]:
    """The modules to import once for all workers of these nodes."""
    imported = [name for name in IF_IMPORTED if name in sys.modules]
    used = [name for name in IF_USED if any(_uses(node, name) for node in nodes)]
    return [*ALWAYS, *imported, *used]


def _uses(node: Node, package: str) -> bool:
    """Whether a package is at hand in the file of a node's class or a base; of a module, of its members."""
    members = _members(node)
    kinds = {kind.__module__ for member in members for kind in type(member).__mro__}
    files = [vars(sys.modules[name]) for name in kinds if name in sys.modules]
    return any(
        isinstance(value, ModuleType) and value.__name__.partition(".")[0] == package
        for names in files
        for value in list(names.values())
    )


def _members(node: Node) -> list[Node]:
    if not isinstance(node, TaskModuleNode | FusedNode):
        return [node]
    return [inner for member in node.members for inner in _members(member)]


def _tracker_is_needed() -> bool:
    """Whether the resource tracker may know of something: it removes all of that when it ends."""
    gc.collect()  # the queues of the workers
    semaphores = any(
        getattr(finalizer, "_callback", None) is SemLock._cleanup  # type: ignore[attr-defined]
        for finalizer in multiprocessing.util._finalizer_registry.values()  # type: ignore[attr-defined]
    )
    return semaphores or "multiprocessing.shared_memory" in sys.modules


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let what the server imports start with one thread; each task then says how many it may have."""
    unset = [name for name in THREAD_VARIABLES if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    try:
        yield
    finally:
        for name in unset:
            os.environ.pop(name, None)


def _keep_main_script_out_of_workers() -> None:
    """Make Dask's workers start without running the main script again, so that it needs no main guard.

    What they need of the script travels by cloudpickle. Other processes of the program are left alone, and
    so is `__main__` itself: restarts of a worker long after the start must work too.
    """
    original = spawn.get_preparation_data
    if getattr(original, "is_daskflow", False):
        return

    def get_preparation_data(name: str) -> dict[str, Any]:
        data: dict[str, Any] = original(name)
        if name.startswith(DASK_WORKER):
            data.pop("init_main_from_path", None)
            data.pop("init_main_from_name", None)
            data["dir"] = os.getcwd()  # not the one this process began in
        return data

    get_preparation_data.is_daskflow = True  # type: ignore[attr-defined]
    spawn.get_preparation_data = get_preparation_data

"""How the suite runs: quick tests first, on every core, each process with a temp folder of its own."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

PLACES = ("unit", "property", "simulated", "gpu", "existing", "cluster", "chaos")
"""The quick tests come first: who broke something hears of it soon."""

OF_REAL_PROCESSES = ("tests/cluster/", "tests/chaos/")

ON_EXISTING_CLUSTERS = "tests/existing/"

MOST_WORKERS = 4
"""Each runs flows of several processes."""

# No example is slow by its own doing.
settings.register_profile("on a busy machine", settings.default, deadline=None)
settings.load_profile("on a busy machine")

gc.disable()  # until all is collected: what is made until then stays


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent
    rank = {tests / place: i for i, place in enumerate(PLACES)}
    items.sort(key=lambda item: max((rank.get(folder, 0) for folder in item.path.parents), default=0))


def pytest_collection_finish() -> None:
    """The collector need not look again and again through some million objects that stay to the end."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Spread a run of the whole suite over the cores, unless ``-n`` is given or it is to be debugged."""
    option = config.option
    is_whole = {(config.invocation_params.dir / argument).resolve() for argument in config.args} & {
        config.rootpath,
        Path(__file__).parent,
    }
    is_debugged = option.usepdb or option.capture == "no" or option.collectonly
    can_spread = config.pluginmanager.hasplugin("xdist") and option.numprocesses is None
    if is_whole and can_spread and not is_debugged and not hasattr(config, "workerinput"):
        option.numprocesses = min(len(os.sched_getaffinity(0)), MOST_WORKERS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file is one piece of work, and in it is set up once; a test of real processes is one by itself."""
    if config.option.dist != "load":  # somebody wants another one
        return None
    from xdist.scheduler import LoadScopeScheduling

    class InOrder(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            if file.startswith(ON_EXISTING_CLUSTERS):  # they share those, and look at all that is left
                return ON_EXISTING_CLUSTERS
            cases_of_one_test = test.partition("[")[0]
            return f"{file}::{cases_of_one_test}" if file.startswith(OF_REAL_PROCESSES) else file

    config.option.loadscopereorder = False
    return InOrder(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Tests of several workers are in a room together, or one is alone; all come in by one door, in turn."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    folder = Path(item.config.option.basetemp).parent  # of all workers
    with (folder / "door").open("a") as door, (folder / "room").open("a") as room:
        fcntl.flock(door, fcntl.LOCK_EX)  # who waits here for an empty room lets nobody else in
        fcntl.flock(room, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """What a test printed need not be text, and on the way from a worker all strings must be."""
    return as_text((yield))


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_text(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(as_text, value))
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


@pytest.fixture(autouse=True, scope="session")
def temp_folder(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whoever looks for what is left there does not see what a neighbour works with."""
    worker = getattr(request.config, "workerinput", None)
    if worker is None:
        yield
        return
    folder = tempfile.mkdtemp(prefix=f"tests-{worker['workerid']}-")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield
    # As the process ends: `multiprocessing` has its folder there, and removes it at priority -100.
    Finalize(None, shutil.rmtree, [folder], exitpriority=-101)

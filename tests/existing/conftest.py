"""Each test runs on clusters of several kinds that are there already, and leaves nothing on them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from daskflow.cluster.foreign.access import access_to
from tests.existing.clusters import (
    WORKERS,
    end_runs,
    keys,
    local_cluster,
    over_ssh,
    places,
    started_by_hand,
    within,
)
from tests.unit.transport.certificates import own_security

MOST, OTHERS = "address", ("local", "tls", "ssh")
"""All tests run on the first kind; on the others, which cost as much to start, those marked `every_kind`."""

ON_ALL = "DASKFLOW_TEST_ALL_CLUSTERS"
"""With this in the environment all tests run on all kinds, which takes some ten minutes."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cluster" in metafunc.fixturenames and "network" not in metafunc.fixturenames:
        is_telling = metafunc.definition.get_closest_marker("every_kind") is not None
        kinds = (MOST, *OTHERS) if is_telling or os.environ.get(ON_ALL) else (MOST,)
        metafunc.parametrize("cluster", kinds, indirect=True, scope="package")


@pytest.fixture(autouse=True, scope="package")
def fork_server() -> Iterator[None]:
    """That of the clusters ends with them: it would be found by flows of other tests, and kept for ever."""
    yield
    if forkserver._forkserver._forkserver_pid is not None:  # type: ignore[attr-defined]
        forkserver._forkserver._stop()  # type: ignore[attr-defined]


@pytest.fixture(scope="package")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What a user passes to `Flow.run`: six single-threaded workers behind it."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with contextlib.ExitStack() as ends:
        if request.param == "local":
            yield ends.enter_context(local_cluster())
        elif request.param == "address":
            yield ends.enter_context(started_by_hand(folder))
        elif request.param == "tls":
            security = own_security(folder)
            address = ends.enter_context(started_by_hand(folder, security))
            yield ends.enter_context(Client(address, security=security, set_as_default=False))
        else:
            yield ends.enter_context(over_ssh(folder))


@pytest.fixture
def client(cluster: Any) -> Iterator[Client]:
    """Of the cluster; asserts at the end that nothing of a run is left there."""
    access = access_to(cluster)
    with Client(access.address, security=access.security, set_as_default=False) as opened:
        yield opened
        end_runs(opened)
        assert within(10, lambda: not keys(opened)), f"left on the scheduler: {keys(opened)}"
        assert within(10, lambda: not places()), f"folders of runs are left: {places()}"
        opened.wait_for_workers(WORKERS, timeout=30)

"""Each test runs on several kinds of clusters that are there already, and leaves nothing on them."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from daskflow.cluster.foreign.access import access_to
from tests.existing.clusters import local_cluster, started_by_hand, within


@pytest.fixture(scope="session", params=["local", "address"])
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What a user passes to `Flow.run`: six single-threaded workers behind it."""
    if request.param == "local":
        with local_cluster() as opened:
            yield opened
    else:
        folder: Path = tmp_path_factory.mktemp("by-hand")
        with started_by_hand(folder) as address:
            yield address


@pytest.fixture
def client(cluster: Any) -> Iterator[Client]:
    """Of the cluster; asserts at the end that nothing of a run is left there."""
    access = access_to(cluster)
    with Client(access.address, security=access.security, set_as_default=False) as opened:
        yield opened
        assert within(10, lambda: not keys(opened)), f"left on the scheduler: {keys(opened)}"
        assert within(10, lambda: not places()), f"folders of runs are left: {places()}"
        opened.wait_for_workers(6, timeout=30)


def keys(client: Client) -> list[str]:
    """Of Dask's tasks on the scheduler."""
    found: list[str] = client.run_on_scheduler(lambda dask_scheduler: list(map(str, dask_scheduler.tasks)))
    return found


def places() -> list[str]:
    return glob.glob("/dev/shm/daskflow-*")

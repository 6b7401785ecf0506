"""A run lets no one in: where it listens, what its files allow, and TLS on all of its channels."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import dask.config
import psutil
import pytest
from distributed.security import Security

from daskflow import BATCH, Flow, FunctionProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.producers import IntProducer
from daskflow.transport.joining import join
from daskflow.transport.places import RunPlaces
from tests.cluster import nodes
from tests.cluster.conftest import NO_DASHBOARD
from tests.unit.transport.certificates import own_security
from tests.unit.transport.ledger_double import LoopThread

PATIENCE_S = 60


def listening() -> set[str]:
    """The addresses at which this process and those below it listen, by /proc/net/tcp and tcp6."""
    sockets = set()
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        for path in Path(f"/proc/{process.pid}/fd").iterdir():
            try:
                sockets.add(os.readlink(path))
            except OSError:  # closed meanwhile
                continue
    hosts = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            is_open_to_others = fields[3] == "0A" or table.startswith("udp")
            if is_open_to_others and f"socket:[{fields[9]}]" in sockets:
                hosts.add(fields[1].partition(":")[0])
    return hosts


@pytest.fixture
def endless() -> Iterator[Flow]:
    """A flow that runs, with frames in slots, a result that has reached the caller, and the dashboard."""
    frames = nodes.Frames(10_000_000, (480, 640), wait_s=0.01)
    tells = nodes.Tells()(FunctionProcessorNode(lambda frame: frame.shape)(frames))
    flow = Flow([frames], [tells], BATCH)
    flow.run()
    assert tells.came.wait(PATIENCE_S)
    yield flow
    flow.stop(drain=False)


def test_a_run_is_closed_to_other_users_and_other_machines(endless):
    assert listening() == {"0100007F"}  # 127.0.0.1
    assert re.fullmatch("[0-9a-f]{16,}", endless.run_id)  # 64 bits and more
    places = RunPlaces.of_run(endless.run_id)
    for place in places.both:
        assert place.stat().st_mode & 0o777 == 0o700
        assert place.stat().st_uid == os.getuid()
    files = list(places.memory.iterdir())
    assert any(file.name.startswith("slot-") for file in files)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert len(str(places.socket)) < 100  # the kernel takes 107


def test_ids_of_runs_are_not_of_a_series():
    ids = set()
    for _ in range(2):
        flow = Flow([IntProducer(0, 0)], [], BATCH)
        flow.run(cluster=NO_DASHBOARD)
        flow.join()
        ids.add(flow.run_id)
    first, second = ids
    assert sum(a != b for a, b in zip(first, second, strict=True)) > 8


@pytest.fixture
def security(tmp_path: Path) -> Security:
    return own_security(tmp_path)


@pytest.mark.parametrize("carrier", ["socket", "comm"])
def test_tls_reaches_every_channel(carrier, security):
    numbers = IntProducer(0, 30)
    collect = CollectConsumer()(nodes.Even(nb_tasks=2)(numbers))
    flow = Flow([numbers], [collect], BATCH)
    with dask.config.set({"daskflow.carrier": carrier}):
        flow.run(cluster={**NO_DASHBOARD, "security": security})
        address = flow.scheduler_address
        assert address.startswith("tls://127.0.0.1:")
        loop = LoopThread()
        with pytest.raises((ConnectionError, TypeError), match=r"TLS|not reached"):
            join(loop.loop, address, flow.run_id, {})
        with pytest.raises(ConnectionError, match="not reached"):
            join(loop.loop, address.replace("tls:", "tcp:"), flow.run_id, {})
        loop.close()
        flow.join()
    assert flow.results(collect) == list(range(0, 31, 2))

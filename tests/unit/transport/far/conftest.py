from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.transport.far.hosts import Host, Hosts
from tests.unit.transport.ledger_double import LoopThread


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    loop = LoopThread()
    yield loop
    loop.close()


@pytest.fixture
def hosts(loop: LoopThread) -> Iterator[Hosts]:
    hosts = Hosts(loop)
    yield hosts
    hosts.close()
    assert loop.tasks() == []


@pytest.fixture
def here(hosts: Hosts) -> Host:
    return hosts.all[0]


@pytest.fixture
def there(hosts: Hosts) -> Host:
    return hosts.all[1]


@pytest.fixture
def third(hosts: Hosts) -> Host:
    return hosts.all[2]

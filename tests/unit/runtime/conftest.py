"""Sessions against a ledger played by the test."""

from __future__ import annotations

from collections import deque

import pytest

from daskflow.runtime.meter import Meter
from daskflow.runtime.session import Session
from daskflow.transport import wire
from tests.unit.runtime.played_ledger import Script


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def session(script):
    recycled: list[int] = []
    session = Session(script, 3, deque(), recycled.append, Meter(script.clock.now_s), script.clock)
    session.recycled = recycled
    script.coming.append([wire.WELCOME, 2, 0, None])
    assert session.begin(pid=99) == (2, 0, None)
    assert script.sent == [[wire.HELLO, 3, 99]]
    script.sent.clear()
    yield session
    session.close()

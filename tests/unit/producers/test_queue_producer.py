from __future__ import annotations

import logging
import socket
from typing import Any

import pytest

from daskflow.producers import QueueProducer
from tests.unit.media import context


def test_outside_of_a_flow_it_needs_an_address() -> None:
    with pytest.raises(RuntimeError, match="give it an address outside of"):
        QueueProducer("frames").open(context())


def test_nobody_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    node = QueueProducer("frames", address=address, open_timeout_s=0.1)
    with pytest.raises(ConnectionError, match=rf"no Dask scheduler answers at {address} within 0\.1 s"):
        node.open(context())
    node.close()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"queue_name": ""}, "queue_name is a non-empty string"),
        ({"queue_name": 3}, "queue_name is a non-empty string"),
        ({"queue_name": "q", "address": "localhost"}, "address is that of a scheduler"),
        ({"queue_name": "q", "address": "inproc://1.2.3.4/5/6"}, "known in one process only"),
        ({"queue_name": "q", "open_timeout_s": 0}, "open_timeout_s is more than 0"),
        ({"queue_name": "q", "max_frames": -1}, "max_frames is not negative"),
    ],
)
def test_arguments(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        QueueProducer(**given)


def test_it_is_live() -> None:
    assert QueueProducer.is_live
    assert not hasattr(QueueProducer, "seek")

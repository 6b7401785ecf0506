"""Payloads that are taken out of their slots and not opened."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from daskflow.core import pickling
from daskflow.transport.payload import PayloadWriter
from daskflow.transport.places import RunPlaces
from daskflow.transport.sealed import seal
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews

opened: list[str] = []


def note() -> None:
    opened.append("opened")


class Tells:
    """Notes when it is unpickled."""

    def __reduce__(self) -> tuple:
        return note, ()


@pytest.fixture
def places(tmp_path) -> RunPlaces:
    return RunPlaces(tmp_path, tmp_path)


@pytest.fixture
def writer(places) -> PayloadWriter:
    return PayloadWriter(SlotPool(0, places), SlotViews(places))


@pytest.mark.parametrize("size", [10, 200])
def test_a_frame_comes_out_with_its_metadata(writer, places, size) -> None:
    frame = np.arange(size * size, dtype=np.uint16).reshape(size, size)
    sealed = seal(writer.encode((frame, {"index": 7})), SlotViews(places))
    assert sealed.shape == (None if size == 10 else (size, size))
    value, metadata = pickle.loads(pickling.dumps([sealed]))[0]
    assert (value == frame).all()
    assert metadata == {"index": 7}


def test_anything_else_too(writer, places) -> None:
    large = {"a": [np.ones((300, 300)), "text"], "b": bytes(50_000)}
    sealed = seal(writer.encode((large, {})), SlotViews(places))
    value, metadata = pickle.loads(pickling.dumps(sealed))
    assert (value["a"][0] == 1).all()
    assert (value["a"][1], value["b"], metadata) == ("text", bytes(50_000), {})


def test_nothing_of_it_is_run(writer, places) -> None:
    data = pickling.dumps(seal(pickle.dumps((Tells(), {})), SlotViews(places)))
    assert opened == []
    pickle.loads(data)
    assert opened == ["opened"]

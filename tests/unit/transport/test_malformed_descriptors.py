"""Descriptors that no writer made: nothing is read but the run's slots, and the reader goes on."""

from __future__ import annotations

import copy
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daskflow.errors import DescriptorError
from daskflow.transport.descriptor import editions_of
from daskflow.transport.payload import PayloadWriter, decode
from daskflow.transport.places import RunPlaces
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews

NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.sampled_from([0, 1, 2, 4096, 65536, 2**31, 2**40])
LEAVES = (
    st.none() | st.booleans() | NUMBERS | st.floats() | st.text(max_size=5)
    | st.sampled_from(["../ledger", "|u1", "<f8", "|O", "V8", ">i4", "i4,(3)f4", "{", b"N.", b""])
)  # fmt: skip
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=5), max_leaves=12)

ACCEPTED = (ValueError, FileNotFoundError, pickle.UnpicklingError, EOFError)


class Reader:
    """A task that reads what another has written, and whoever watches which files it opens."""

    def __init__(self, folder: Path) -> None:
        self.places = RunPlaces(folder / "memory", folder / "disk")
        self.places.create()
        (self.places.memory / "ledger").write_bytes(b"a secret")
        writer = PayloadWriter(SlotPool(0, self.places), SlotViews(self.places))
        frame = np.arange(30_000, dtype=np.uint8).reshape(100, 100, 3)
        # No part of these pickles is one that begins elsewhere, and could make room for billions of values.
        values = [(frame, {"index": 1}), {"a": frame, "b": [frame[:50], 1]}, [b"x" * 20_000, frame]]
        self.valid = [writer.encode(value) for value in values]
        self.views = SlotViews(self.places)

    def outcome_of(self, descriptor: Any) -> Any:
        """The value, or the error if it is one that is meant for it."""
        try:
            return decode(descriptor, self.views)
        except ACCEPTED as error:
            return error


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(tmp_path_factory.mktemp("run"))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are opened."""
    paths: list[str] = []
    real_open = os.open

    def spy(path: Any, *arguments: Any) -> int:
        paths.append(str(path))
        return real_open(path, *arguments)

    monkeypatch.setattr(os, "open", spy)
    return paths


def mutated(data: st.DataObject, value: Any) -> Any:
    """A copy with one part, at any depth, replaced."""
    if not isinstance(value, (list, tuple)) or not value or data.draw(st.integers(0, 4)) == 0:
        return data.draw(VALUES)
    parts = list(value)
    i = data.draw(st.integers(0, len(parts) - 1))
    parts[i] = mutated(data, parts[i])
    return parts


@settings(max_examples=150, deadline=None)
@given(descriptor=VALUES)
def test_any_value_is_refused_or_read(reader: Reader, descriptor: Any) -> None:
    outcome = reader.outcome_of(descriptor)
    if not isinstance(outcome, DescriptorError):  # it happens to be one, of nothing but its own pickle
        assert isinstance(descriptor, bytes) or descriptor[2] == []


@settings(max_examples=200, deadline=None)
@given(data=st.data(), which=st.integers(0, 2))
def test_a_changed_descriptor_reads_nothing_but_slots_of_the_run(
    reader: Reader, data: st.DataObject, which: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        paths: list[str] = []
        real_open = os.open
        patch.setattr(os, "open", lambda path, *rest: (paths.append(str(path)), real_open(path, *rest))[1])
        descriptor = mutated(data, copy.deepcopy(reader.valid[which]))
        if not isinstance(descriptor, bytes):
            value = reader.outcome_of(descriptor)
            assert b"a secret" not in pickle.dumps(value)
    slots = [f"{place}/slot-" for place in reader.places.both]
    assert all(any(path.startswith(slot) for slot in slots) and ".." not in path for path in paths), paths


@pytest.mark.parametrize("which", range(3))
def test_what_a_writer_made_is_read(reader: Reader, which: int) -> None:
    assert not isinstance(reader.outcome_of(reader.valid[which]), Exception)


@pytest.mark.parametrize(("where", "value"), [
    ((1, 0, 1), -1), ((1, 0, 1), 1 << 20), ((1, 0, 0), 7), ((1, 0, 2), 30_001), ((1, 0, 0), -1),
    ((3,), "|O"), ((3,), "<u4"), ((4,), [100, -100, -3]), ((4,), [100, 100, 4]), ((4,), ["a", 10**9]),
    ((2,), ["../ledger"]), ((2,), "0"), ((0,), [0, 0, 5]), ((1,), []),
])  # fmt: skip
def test_what_is_wrong_with_an_array_is_said(
    reader: Reader, opened: list[str], where: Any, value: Any
) -> None:
    descriptor = copy.deepcopy(reader.valid[0])
    descriptor[1] = [list(descriptor[1][0])]
    part = descriptor
    for i in where[:-1]:
        part = part[i]
    part[where[-1]] = value
    with pytest.raises(DescriptorError):
        decode(descriptor, SlotViews(reader.places))
    assert [path for path in opened if "slot-0" not in path] == []


def test_a_slot_that_is_gone_is_named(reader: Reader) -> None:
    with pytest.raises(FileNotFoundError, match="slot 7b"):
        decode([b"N.", [[0x7B, 0, 10]], [0x7B], "|u1", [10]], reader.views)


def test_a_link_in_the_place_of_a_slot_is_not_followed(reader: Reader, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(100))
    link = reader.places.slot_file(reader.places.memory, 0x99)
    link.symlink_to(secret)
    with pytest.raises(OSError, match="symbolic links"):
        decode([b"N.", [[0x99, 0, 10]], [0x99], "|u1", [10]], reader.views)


@pytest.mark.parametrize("editions", [[], [1, 2], [-1], ["1"], 1, None])
def test_there_is_an_edition_for_each_slot(reader, editions):
    descriptor = reader.valid[0]
    assert editions_of(descriptor) == []
    assert editions_of([*descriptor, [7]]) == [(descriptor[2][0], 7)]
    with pytest.raises(DescriptorError, match="edition"):
        editions_of([*descriptor, editions])

"""Slots made smaller between hosts, and only there."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from daskflow.core.node.compression import checked_compression
from daskflow.errors import PayloadLostError
from daskflow.transport.far import compression, fetcher
from daskflow.transport.far.compression import form_for, is_picture
from daskflow.transport.far.host_slots import HostSlots
from daskflow.transport.far.serving import Shelf
from daskflow.transport.far.trailer import About
from tests.unit.transport.far.hosts import counted_answers, picture


def test_what_a_node_may_say():
    assert [checked_compression(value) for value in (None, "lz4", "jpeg", "jpeg:75")] == [
        None,
        "lz4",
        "jpeg:90",
        "jpeg:75",
    ]
    for value in ("zip", "jpeg:", "jpeg:0", "jpeg:101", "jpeg:-1", "jpeg:9.5", "lz4:3", 90, True):
        with pytest.raises(ValueError, match="compression is None"):
            checked_compression(value)


def test_jpeg_is_for_pictures():
    sides = {(4, 5): True, (4, 5, 3): True, (4, 5, 1): False, (4, 5, 4): False, (4,): False, (0, 5): False}
    assert {shape: is_picture(About(60, "jpeg:90", "|u1", shape)) for shape in sides} == sides
    assert not is_picture(About(60, "jpeg:90", "<f4", (4, 5)))
    assert not is_picture(About(70_000, "jpeg:90", "|u1", (1, 70_000)))
    assert not is_picture(About(60, "jpeg:90"))  # a pickle


def test_a_form_is_used_where_both_sides_know_it(monkeypatch):
    monkeypatch.setattr(compression, "forms_here", lambda: ("lz4",))
    assert form_for(About(60, "lz4"), ("lz4", "jpeg")) == "lz4"
    assert form_for(About(60, "lz4"), ()) == ""
    assert form_for(About(60), ("lz4",)) == ""
    assert form_for(About(60, "jpeg:90", "|u1", (4, 5)), ("lz4", "jpeg")) == ""


def test_lz4_changes_nothing(here, there):
    pytest.importorskip("lz4")
    writer, reader = here.task(0, "lz4"), there.task(1)
    noise = np.random.default_rng(0).integers(0, 256, 100_000, np.uint8)
    with counted_answers() as sent:
        for value in (np.zeros((200, 300), np.uint8), np.arange(20_000.0), noise):
            assert (reader.decode(writer.encode((value, {})))[0] == value).all()
        text = {"text": "abc" * 20_000}
        assert reader.decode(writer.encode(text)) == text
    assert [form for _, _, form in sent] == ["lz4", "lz4", "", "lz4"]
    assert sent[0][1] < 1000
    assert sent[2][1] == 100_000  # not worth it


@pytest.mark.parametrize("shape", [(270, 480, 3), (270, 480)])
def test_jpeg_loses_a_little(here, there, shape):
    pytest.importorskip("cv2")
    writer, reader, neighbour = here.task(0, "jpeg:95"), there.task(1), here.task(2)
    value = picture()[..., 0] if len(shape) == 2 else picture()
    descriptor = writer.encode((np.ascontiguousarray(value), {}))
    with counted_answers() as sent:
        found = reader.decode(descriptor)[0]
    assert found.shape == shape
    assert np.abs(found.astype(int) - value).mean() < 3
    assert [form for _, _, form in sent] == ["jpeg"]
    assert sent[0][1] < value.nbytes / 5
    assert (neighbour.decode(descriptor)[0] == value).all()  # on one host nothing is compressed


def test_what_is_no_picture_is_sent_as_it_is(here, there):
    pytest.importorskip("cv2")
    writer, reader = here.task(0, "jpeg:95"), there.task(1)
    value = np.arange(20_000.0)
    assert (reader.decode(writer.encode((value, {})))[0] == value).all()


def test_what_cannot_be_read_is_lost(here, there, monkeypatch):
    pytest.importorskip("cv2")
    writer, reader = here.task(0, "jpeg:95"), there.task(1)
    descriptor = writer.encode((picture(), {}))
    monkeypatch.setattr("daskflow.transport.far.serving.compressed", lambda *_: memoryview(b"no picture"))
    with pytest.raises(PayloadLostError, match="sent what cannot be read"):
        reader.decode(descriptor)


@pytest.mark.parametrize(
    ("form", "package"), [("lz4", "lz4.frame"), ("jpeg:95", "daskflow.processors.vision.jpeg")]
)
@pytest.mark.parametrize("side", ["sends", "reads"])
def test_a_package_that_cannot_be_loaded_is_done_without(
    here, there, monkeypatch, caplog, form, package, side
):
    pytest.importorskip("lz4")
    pytest.importorskip("cv2")
    monkeypatch.setattr(compression, "_given_up", set())
    name = "_compressed" if side == "sends" else "expand"
    works = getattr(compression, name)

    def fails(*arguments: Any) -> Any:
        with monkeypatch.context() as context:
            context.setitem(sys.modules, package, None)
            return works(*arguments)

    where = compression if side == "sends" else fetcher
    monkeypatch.setattr(where, name, fails)
    writer, reader = here.task(0, form), there.task(1)
    for value in range(3):
        assert (reader.decode(writer.encode((picture(value), {})))[0] == picture(value)).all()
    (said,) = [r.getMessage() for r in caplog.records if "cannot be loaded" in r.message]
    assert f"rather than as {form.partition(':')[0]}" in said


def test_what_cannot_be_compressed_is_sent_as_it_is(here, monkeypatch, caplog):
    def fails(*arguments: Any) -> Any:
        raise MemoryError("no room")

    monkeypatch.setattr(compression, "_compressed", fails)
    monkeypatch.setattr(compression, "forms_here", lambda: ("lz4",))
    writer = here.task(0, "lz4")
    answer, _ = here.hosts.loop.run(
        Shelf(HostSlots(here.places), ("lz4",)).find(writer.encode((picture(), {}))[2][0], 1, [])
    )
    assert (answer.form, answer.size_bytes) == ("", picture().nbytes)
    assert "is sent as it is, rather than as lz4: no room" in caplog.text

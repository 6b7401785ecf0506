"""Frames that say which they are: the check passes what is whole, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from daskflow.experiments.bench.frames import FramePayload, WrongMessage
from daskflow.experiments.bench.payloads import DictPayload, payload_of
from daskflow.experiments.bench.spec import StreamSpec

SHAPE = (48, 64, 3)


@pytest.fixture
def payload() -> FramePayload:
    return FramePayload(SHAPE)


def test_what_was_sent_passes(payload):
    for number in (0, 1, 255, 256, 10**9):
        payload.check(payload.make(number), number)


def test_a_read_only_frame_passes(payload):
    frame = payload.make(3).copy()
    frame.flags.writeable = False
    payload.check(frame, 3)


def test_a_new_frame_is_one_and_passes_only_as_such():
    sent, expected = FramePayload(SHAPE), FramePayload(SHAPE, renewals=1)
    frame = sent.make(7)
    new = sent.renewed(frame)
    assert not np.shares_memory(new, frame)
    assert new.dtype == np.uint8
    expected.check(new, 7)
    with pytest.raises(WrongMessage):
        expected.check(frame, 7)
    with pytest.raises(WrongMessage):
        sent.check(new, 7)


@pytest.mark.parametrize("part", [slice(None, 24), slice(24, None), slice(20, 28), slice(-1, None)])
def test_a_frame_that_holds_rows_of_another_is_torn(payload, part):
    frame = payload.make(4).copy()
    frame[part] = payload.make(5)[part]
    with pytest.raises(WrongMessage, match=r"stamps \[4, 5\]"):
        payload.check(frame, 4)


def test_a_stale_or_swapped_frame_is_noticed(payload):
    frame = payload.make(4).copy()
    for number in (3, 5):
        with pytest.raises(WrongMessage, match=f"frame {number} arrived"):
            payload.check(frame, number)


def test_changed_pixels_are_noticed(payload):
    frame = payload.make(4).copy()
    rows = frame[10:20].copy()
    frame[10:20] = 0
    with pytest.raises(WrongMessage):
        payload.check(frame, 4)
    frame[10:20] = rows
    payload.check(frame, 4)
    frame.reshape(-1, 8)[3 :: 512 * 8, 0] ^= 1  # where no stamp is
    with pytest.raises(WrongMessage, match="other content"):
        payload.check(frame, 4)


def test_dicts_are_compared_as_a_whole():
    payload = DictPayload()
    sent = payload.make(6)
    payload.check(sent, 6)
    for wrong in (payload.make(5), {**sent, "box": [1, 2, 3, 5]}, payload.renewed(sent), None):
        with pytest.raises(WrongMessage):
            payload.check(wrong, 6)
    DictPayload(renewals=1).check(payload.renewed(sent), 6)


def test_the_payload_of_a_stream_expects_what_its_operation_makes():
    spec = StreamSpec("frames", 1.0, 0.1, operation="new", shape=SHAPE)
    payload = payload_of(spec)
    payload.check(payload.renewed(payload.make(2)), 2)
    with pytest.raises(WrongMessage):
        payload.check(payload.make(2), 2)

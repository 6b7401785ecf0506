"""The ring of the baselines, within one process."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from daskflow.experiments.bench.ring import END, Ring, Tokens

SHAPE = (4, 8, 3)


def test_tokens_keep_their_order_also_where_several_came_at_once():
    tokens = Tokens()
    for slot in (3, 1, 2, END):
        tokens.put(slot)
    assert [tokens.get() for _ in range(4)] == [3, 1, 2, END]
    tokens.close()


def test_a_ring_leaves_no_file():
    ring = Ring(SHAPE, 2)
    assert not [name for name in os.listdir("/dev/shm") if name.startswith("daskflow-ring")]
    ring.close()


def test_a_frame_is_in_the_slot_and_the_slots_do_not_overlap():
    ring = Ring(SHAPE, 3)
    slots = [ring.fill(np.full(SHAPE, i, np.uint8), 100 + i) for i in range(3)]
    assert sorted(slots) == [0, 1, 2]
    assert [set(ring.frames[slot].ravel().tolist()) for slot in slots] == [{0}, {1}, {2}]
    assert [int(ring.notes[slot]) for slot in slots] == [100, 101, 102]
    ring.close()


def test_a_full_ring_waits_for_a_slot():
    ring = Ring(SHAPE, 1)
    frame = np.zeros(SHAPE, np.uint8)
    ring.fill(frame, 0)
    filled = threading.Event()
    writer = threading.Thread(target=lambda: (ring.fill(frame, 0), filled.set()))
    writer.start()
    assert not filled.wait(0.05)
    ring.free.put(0)
    writer.join(10)
    assert filled.is_set()
    ring.close()


def test_a_slot_is_free_when_all_its_readers_have_had_it():
    ring = Ring(SHAPE, 2, readers=2)
    frame = np.zeros(SHAPE, np.uint8)
    first, second = ring.fill(frame, 0), ring.fill(frame, 0)
    for slot in (first, second, second):
        ring.free.put(slot)
    assert ring.fill(frame, 0) == second
    ring.close()


@pytest.mark.parametrize("nb_slots", [0, END])
def test_a_ring_of_a_size_that_does_not_fit_a_token(nb_slots):
    with pytest.raises(ValueError, match="nb_slots"):
        Ring(SHAPE, nb_slots)

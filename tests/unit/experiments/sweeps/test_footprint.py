"""Memory of processes and slots, from a made-up /proc."""

from __future__ import annotations

from pathlib import Path

import pytest

from daskflow.experiments.sweeps.footprint import Footprint, own_memory_bytes
from daskflow.transport.places import RunPlaces

ROLLUP = """55f0a864b000-7fff7307d000 ---p 00000000 00:00 0                          [rollup]
Rss:               90000 kB
Pss:               {pss} kB
Pss_Anon:          30000 kB
Pss_Shmem:         {shmem} kB
"""


@pytest.fixture
def proc(tmp_path) -> Path:
    for pid, pss, shmem in ((1, 50_000, 20_000), (2, 7_000, 0)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "smaps_rollup").write_text(ROLLUP.format(pss=pss, shmem=shmem))
    return tmp_path


@pytest.fixture
def run(tmp_path) -> RunPlaces:
    places = RunPlaces(tmp_path / "shm", tmp_path / "disk")
    places.create()
    return places


def test_slots_are_not_a_process_s_own(proc):
    assert own_memory_bytes(1, proc) == 30_000 * 1024
    assert own_memory_bytes(3, proc) == 0, "it has ended"


def test_the_most_that_was_seen_counts(proc, run):
    footprint = Footprint(proc)
    assert footprint.memory_bytes is None
    footprint.look([1, 2, 3], run)
    assert footprint.memory_bytes == 37_000 * 1024
    assert footprint.shared_memory_bytes == 0
    slot = run.slot_file(run.memory, 1)
    slot.write_bytes(bytes(100_000))
    (run.memory / "ledger").write_bytes(bytes(100_000))
    footprint.look([2], run)
    assert footprint.memory_bytes == 37_000 * 1024
    assert 100_000 <= footprint.shared_memory_bytes < 150_000, "slots alone, in whole pages"

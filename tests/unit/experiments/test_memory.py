"""Memory of a family of processes, as the kernel tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from daskflow.experiments.bench.memory import descendants, family_pss_mb


def process(proc: Path, pid: int, parent: int, pss_kib: int, name: str = "python") -> None:
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} 1 1 0 -1")
    (proc / str(pid) / "smaps_rollup").write_text(
        f"00400000-7ff000 ---p 0 00:00 0 [rollup]\nRss: 99999 kB\nPss: {pss_kib} kB\nPss_Anon: 1 kB\n"
    )


@pytest.fixture
def proc(tmp_path) -> Path:
    process(tmp_path, 1, 0, 7000)
    process(tmp_path, 10, 1, 1000)
    process(tmp_path, 11, 10, 200, "a (b) S 99")
    process(tmp_path, 12, 11, 30)
    process(tmp_path, 20, 1, 50000)
    (tmp_path / "meminfo").write_text("")
    (tmp_path / "13").mkdir()  # one that ends while it is looked at
    return tmp_path


def test_descendants_are_those_below(proc):
    assert sorted(descendants(10, proc)) == [11, 12]
    assert descendants(12, proc) == []


def test_the_sum_is_of_the_process_and_all_below(proc):
    assert family_pss_mb(10, proc) == pytest.approx(1230 * 1024 / 1e6)
    assert family_pss_mb(13, proc) == 0.0

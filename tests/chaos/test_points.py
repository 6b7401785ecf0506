"""Each role of a flow is killed at each point of the life of a message: nothing changes in what comes out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import CollectConsumer
from tests.chaos.deaths import POINTS, Counts, Doubles, Joins, Sums, Writes
from tests.cluster.conftest import NO_DASHBOARD

COUNT = 120


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_of_each_role_changes_nothing(tmp_path: Path, point: str) -> None:
    numbers = Counts(COUNT).will_die(tmp_path, point, 11)
    doubles = Doubles(2, name="doubles").will_die(tmp_path, point, 30)(numbers)
    sums = Sums().will_die(tmp_path, point, 52)(numbers)
    joins = Joins(name="joins").will_die(tmp_path, point, 73)(numbers, doubles, sums)
    writes = Writes().will_die(tmp_path, point, 94)(joins)
    collect = CollectConsumer()(joins)
    flow = Flow([numbers], [writes, collect], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    flow.join()

    undisturbed = [(i, 2 * i, i * (i + 1) // 2) for i in range(COUNT)]
    assert flow.results(collect) == undisturbed
    lines = (tmp_path / "lines").read_text().splitlines()
    assert list(dict.fromkeys(lines)) == [str(values) for values in undisturbed]
    repeated = [line for line, times in Counter(lines).items() if times > 1]
    assert repeated in ([], [str(undisturbed[94])])
    deaths = sorted(path.name for path in tmp_path.glob("* died"))
    assert deaths == [f"{name} died" for name in sorted(("counts", "doubles", "sums", "joins", "writes"))]
    assert sum(node.restarts for node in flow.metrics().values()) == 5
    assert all(node.failed == 0 for node in flow.metrics().values())

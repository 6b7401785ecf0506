"""The maps of the floors in the documentation, against the floors that the imports are held to."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.test_floors import FLOORS, floor_of

ROOT = Path(__file__).parents[2]


def test_the_picture_for_contributors_is_the_floors():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    picture = re.search(r"^```text\n(.*?)^```", text, re.M | re.S)
    assert picture is not None
    storeys = [set(line.split()) for line in picture[1].splitlines() if not line.startswith("#")]
    assert storeys == FLOORS[::-1]


def test_the_table_of_the_architecture_has_every_place_in_that_order():
    text = (ROOT / "docs" / "architecture.md").read_text()
    table = text[text.index("## Floors") : text.index("## Deliberately absent")]
    said: dict[str, int] = {}
    for floor, places in re.findall(r"^\| (\d+) \| ([^|]+) \|", table, re.M):
        for place in re.findall(r"`daskflow/(\w+)", places):
            said[place] = int(floor)
    assert set(said) == set().union(*FLOORS)
    upside_down = [
        (low, high)
        for low in said
        for high in said
        if floor_of(low) < floor_of(high) and said[low] > said[high]
    ]
    assert upside_down == []

"""Tables of text."""

from __future__ import annotations

from daskflow import Flow
from daskflow.consumers import VoidConsumer
from daskflow.plan.table import text_table
from daskflow.producers import IntProducer


def test_columns_are_below_each_other_whatever_is_in_them():
    assert text_table(["node", "tasks"], [["前", "1"], ["e\u0301te\u0301", "2"]]).splitlines() == [
        "node  tasks",
        "----  -----",
        "前    1",
        "e\u0301te\u0301   2",
    ]


def test_names_cannot_break_lines():
    numbers = IntProducer(name="a\nb")
    plan = Flow([numbers], [VoidConsumer(name="end")(numbers)], name="c\nd").plan(gpus=0)
    lines = str(plan).splitlines()
    assert lines[0].startswith("flow c\N{REPLACEMENT CHARACTER}d (")
    assert any(line.startswith("a\N{REPLACEMENT CHARACTER}b -> end  ") for line in lines)

"""The documented defaults are the shipped ones, and every option of a node is in the table."""

from __future__ import annotations

import re
from pathlib import Path

from daskflow.options.configured import FILE
from daskflow.options.node_settings import NODE_KEYS

PAGE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()


def test_the_defaults() -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)
    assert FILE.read_text().endswith(block)


def test_the_options_of_a_node() -> None:
    assert [key for key in NODE_KEYS if f"`{key}`" not in PAGE] == []

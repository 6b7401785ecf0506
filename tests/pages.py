"""The pages of README and docs, and the blocks of code that they have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

NAMES = {page.relative_to(ROOT).as_posix(): page for page in PAGES}
"""By their paths from the root."""


class Block(NamedTuple):
    """A fenced block: the line of its fence, what it is in, what it says, and the text up to the next."""

    line: int
    language: str
    text: str
    after: str


def blocks_of(page: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    text = page.read_text()
    found = list(re.finditer(r"^```([\w-]*)[^\n]*\n(.*?)^```$", text, re.M | re.S))
    ends = [*(each.start() for each in found), len(text)][1:]
    return [
        Block(text.count("\n", 0, each.start()) + 1, each[1], each[2], text[each.end() : end])
        for each, end in zip(found, ends, strict=True)
    ]

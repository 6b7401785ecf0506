"""Links between pages, and the table of contents of the site, without building it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pages import ROOT

DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), ROOT / "examples" / "README.md", *sorted(DOCS.rglob("*.md"))]

FENCED = re.compile(r"^(`{3,}|:{3,}).*?^\1", re.M | re.S)


def text_of(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCED.sub("", page.read_text())


def anchors_of(page: Path) -> set[str]:
    """The anchors of its headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ +(.*?) *$", text_of(page), re.M)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def links_of(page: Path) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text_of(page)) if "://" not in link]


def broken(page: Path, links: list[str]) -> list[str]:
    wrong = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            wrong.append(link)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    assert broken(page, links_of(page)) == []


def test_a_broken_link_would_be_noticed():
    page = DOCS / "clusters.md"
    links = ["nowhere.md", "#nothing-of-the-kind", "cameras.md#nor-this", "cameras.md#who-may-look"]
    assert broken(page, links) == links[:3]


def test_every_page_is_in_the_table_of_contents():
    listed: set[str] = set()
    for index in DOCS.rglob("index.md"):
        for block in re.findall(r"^```\{toctree\}\n(.*?)^```", index.read_text(), re.M | re.S):
            for entry in re.findall(r"^(?!:)(\S+)$", block, re.M):
                listed |= {str(page.relative_to(DOCS)) for page in index.parent.glob(f"{entry}.md")}
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md") if "_build" not in page.parts}
    assert pages - listed == {"index.md"}

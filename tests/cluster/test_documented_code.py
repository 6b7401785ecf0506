"""Each page's Python blocks, one after the other in one program, as a reader pastes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.documented import of_nodes, of_runs
from tests.cluster.documented.pasting import PAGES, ROOT, Pasting, blocks_of
from tests.cluster.documented.props import cut_sample

NAMES = {
    page.relative_to(ROOT).as_posix(): page
    for page in PAGES
    if any(block.language == "python" for block in blocks_of(page))
}

STAGES = of_nodes.STAGES | of_runs.STAGES
"""By page: who pastes it where its text takes something as given, or names what cannot be had here."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cut_sample(tmp_path_factory.mktemp("sample") / "pedestrians.mp4")


def test_there_is_code_and_each_stage_has_a_page():
    assert {"README.md", "docs/writing-nodes.md"} <= set(NAMES)
    assert set(STAGES) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_as_it_stands(name, sample, capsys, caplog, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "street.mp4").symlink_to(sample)
    said: list[str] = []

    def printed() -> str:
        said.extend(now := capsys.readouterr())
        return now.out

    page = Pasting(NAMES[name], monkeypatch, printed, str(sample))
    STAGES.get(name, Pasting.paste_all)(page)
    page.finish()
    printed()
    assert "Traceback" not in "".join(said) + caplog.text

"""Each page's Python blocks, one after the other in one program, as a reader pastes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.documented import of_nodes, of_runs
from tests.cluster.documented.pasting import Pasting
from tests.cluster.documented.props import cut_sample, person_at
from tests.pages import NAMES, blocks_of

WITH_CODE = [
    name for name, page in NAMES.items() if any(block.language == "python" for block in blocks_of(page))
]

STAGES = of_nodes.STAGES | of_runs.STAGES
"""By page: who pastes it where its text takes something as given, or names what cannot be had here."""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    cut_sample(folder / "pedestrians.mp4")
    return folder


def test_there_is_code_and_each_stage_has_a_page():
    assert {"README.md", "docs/writing-nodes.md"} <= set(WITH_CODE)
    assert set(STAGES) <= set(WITH_CODE)


@pytest.mark.parametrize("name", WITH_CODE)
def test_it_runs_as_it_stands(name, films, capsys, caplog, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    person_at(tmp_path / "yolo11n.onnx")
    (tmp_path / "street.mp4").symlink_to(films / "pedestrians.mp4")
    said: list[str] = []

    def printed() -> str:
        said.extend(now := capsys.readouterr())
        return now.out

    page = Pasting(NAMES[name], monkeypatch, printed, films)
    STAGES.get(name, Pasting.paste_all)(page)
    page.finish()
    printed()
    assert "Traceback" not in "".join(said) + caplog.text

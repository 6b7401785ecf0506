"""Each page's Python blocks, one after the other in one program, as a reader pastes them."""

from __future__ import annotations

from pathlib import Path

import dask.config
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
    with dask.config.set({"temporary-directory": str(tmp_path)}):  # Dask's clusters leave an empty folder
        STAGES.get(name, Pasting.paste_all)(page)
    page.finish()
    printed()
    ours = [record for record in caplog.records if record.name.startswith("daskflow")]
    assert "Traceback" not in "".join(said)
    assert not any(record.exc_info for record in ours)


@pytest.mark.parametrize(
    ("text", "notices"),
    [
        ("```python\n1 / 0\n```", "division by zero"),
        ("```python\nprint(1)\n```\nIt prints `2`.", "page.md:1 promises '2'"),
        ("```python\ndef walk():\n    pass\n```", "defines what nobody uses.*walk.: 2"),
        ("```python\ndef test_walk(tmp_path):\n    tmp_path.rmdir()\n```", "not empty"),
    ],
)
def test_what_is_not_so_is_noticed(text, notices, films, monkeypatch, capsys, tmp_path):
    (tmp_path / "page.md").write_text(text)
    page = Pasting(tmp_path / "page.md", monkeypatch, lambda: capsys.readouterr().out, films)
    with pytest.raises(Exception, match=notices):  # noqa: PT012 - whichever sees it
        page.paste_all()
        page.finish()


def test_a_change_of_what_is_not_there_is_noticed(films, monkeypatch, tmp_path):
    (tmp_path / "page.md").write_text("```python\nwide = 3\n```")
    page = Pasting(tmp_path / "page.md", monkeypatch, lambda: "", films)
    with pytest.raises(AssertionError, match=r"page\.md:1 says nothing of 'wide = 4'"):
        page.paste({"wide = 4": "wide = 5"})

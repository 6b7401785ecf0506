"""What ``daskflow deadletters`` prints and refuses; nothing is run here."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from daskflow.cli import main
from daskflow.cli.saving import png
from daskflow.core.pickling import FLOW_FILE
from daskflow.deadletters import DeadLetterFolder
from tests.unit.deadletters.letters import letter

FLOW = """
from daskflow import Flow, ProcessorNode
from daskflow.producers import IntProducer

class Detector(ProcessorNode):
    def process(self, frame):
        return frame

numbers = IntProducer(0, 9)
flow = Flow([numbers], [Detector(name="detector")(numbers)], name="street")
"""


@dataclass
class Found:
    mask: np.ndarray
    label: str


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("daskflow.flow.Run", None)  # whoever starts a flow fails
    (tmp_path / "street.py").write_text(FLOW)
    yield lambda *arguments: CliRunner().invoke(main, ["deadletters", *map(str, arguments)])
    sys.modules.pop(FLOW_FILE, None)


@pytest.fixture
def letters(tmp_path) -> DeadLetterFolder:
    folder = DeadLetterFolder(tmp_path / "letters")
    folder.put(letter("detector", 7, error="ValueError: two\nlines \x1b[31mred" + 100 * "!"), [(1, {"a": 1})])
    folder.put(letter("writer", 12, "c3d4", task="writer-1"), [(2, {})])
    folder.put(letter("reader", 3, "c3d4", method="next"))
    return folder


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    assert result.stdout == ""
    return line.removeprefix("Error: ")


def test_list_is_a_line_for_each(command, letters):
    result = command("list", "letters")
    assert result.exit_code == 0
    header, rule, *rows = result.stdout.splitlines()
    assert header.split() == ["id", "node", "task", "message", "when", "error"]
    assert set(rule) == {"-", " "}
    assert [row.split()[:4] for row in rows] == [
        ["a1b2/detector-7", "detector", "detector-0", "7"],
        ["c3d4/reader-3", "reader", "reader-0", "3"],
        ["c3d4/writer-12", "writer", "writer-1", "12"],
    ]
    assert "2017-07-14" in rows[0]
    assert r"ValueError: two lines \x1b[31mred!!" in rows[0]
    assert rows[0].endswith("!…")


def test_list_of_one_node_and_of_nothing(command, letters, tmp_path):
    rows = command("list", "letters", "--node", "writer").stdout.splitlines()[2:]
    assert [row.split()[0] for row in rows] == ["c3d4/writer-12"]
    (tmp_path / "empty").mkdir()
    empty = command("list", "empty")
    assert (empty.exit_code, empty.stdout) == (0, "no dead letters in empty\n")


def test_list_warns_of_what_is_broken(command, letters, caplog):
    (letters.path / "a1b2" / "detector-8.json").write_text("{")
    result = command("list", "letters")
    assert "a1b2/detector-7" in result.stdout
    assert "detector-8.json is no dead letter and is skipped" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "absent"], "there is no folder absent"),
        (["list", "street.py"], "street.py is no folder"),
        (["list", "letters", "--node", "writr"], "no dead letter is of node 'writr'; did you mean writer?"),
        (["show", "absent", "a1b2/detector-7"], "there is no folder absent"),
        (
            ["show", "letters", "a1b2/detector-8"],
            "there is no dead letter a1b2/detector-8; did you mean a1b2/detector-7?",
        ),
        (
            ["replay", "letters", "street.py", "c3d4/detector-7"],
            "there is no dead letter c3d4/detector-7; did you mean a1b2/detector-7?",
        ),
        (["replay", "letters", "absent.py"], "there is no file absent.py"),
        (["replay", "absent", "street.py"], "there is no folder absent"),
        (
            ["replay", "letters", "street.py", "--node", "writer"],
            "flow 'street' has no node 'writer', which letter c3d4/writer-12 is of; there are int_producer, "
            "detector",
        ),
        (
            ["replay", "letters", "street.py", "c3d4/reader-3"],
            "c3d4/reader-3 cannot be fed back: a producer has no inputs",
        ),
    ],
)
def test_refusals_are_one_line(command, letters, arguments, said):
    assert refused(command(*arguments)) == said


def test_an_empty_folder_has_nothing_to_feed_back(command, tmp_path):
    (tmp_path / "empty").mkdir()
    assert refused(command("replay", "empty", "street.py")) == "no dead letters in empty"


@pytest.mark.parametrize("quiet", [False, True])
def test_replay_tells_what_became_of_the_letters(command, letters, monkeypatch, quiet):
    def started(flow: Any, start: Any, **options: Any) -> None:
        assert options == {"quiet": quiet}
        assert [node.name for node in flow.nodes] == ["int_producer_letters", "detector"]
        letters.put(letter("detector", 0, "e5f6"), [(1, {})])

    monkeypatch.setattr("daskflow.cli.replaying.start_and_show", started)
    monkeypatch.setattr("daskflow.replay.Replay.set_aside", lambda replay: list(replay.letters))
    monkeypatch.setattr("daskflow.flow.Flow.run_id", "e5f6")
    options = ["--gpus", "0", *(["--quiet"] if quiet else [])]
    result = command("replay", "letters", "street.py", "a1b2/detector-7", *options)
    assert (result.exit_code, result.stdout) == (0, "")
    said = ["feeding 1 dead letter to 'detector'", f"fed back 1 of 1, moved to {letters.path / 'replayed'}"]
    assert result.stderr.splitlines() == [*([] if quiet else said), "dead letters of this run, e5f6: 1"]


def test_show_says_everything(command, letters):
    said = command("show", "letters", "a1b2/detector-7").stdout
    lines = dict(line.split("  ", 1) for line in said.splitlines()[:11] if "  " in line)
    values = {name.strip(): value.strip() for name, value in lines.items()}
    assert values["flow"] == "street"
    assert values["task"] == "detector-0"
    assert values["message"] == "7"
    assert values["in"] == "process()"
    assert values["input 0"] == "int; metadata: a"
    assert values["inputs"] == "kept, 0.00 MB"
    assert said.endswith("\n\nTraceback\n  in process\nValueError: no such thing\n")


def test_show_says_why_there_are_no_inputs(command, letters):
    assert (
        "inputs   not kept: a producer has no inputs\n" in command("show", "letters", "c3d4/reader-3").stdout
    )
    (letters.path / "c3d4" / "writer-12.pickle").unlink()
    assert "inputs   missing: their file is gone\n" in command("show", "letters", "c3d4/writer-12").stdout


def test_show_does_not_unpickle(command, letters):
    (letters.path / "a1b2" / "detector-7.pickle").write_bytes(b"no pickle")
    assert command("show", "letters", "a1b2/detector-7").exit_code == 0
    result = command("show", "letters", "a1b2/detector-7", "--save", "out")
    assert result.exit_code == 2
    assert "detector-7.pickle cannot be read: UnpicklingError" in result.stderr


def test_save_writes_pictures_and_arrays(command, letters, tmp_path):
    frame = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    value: list[Any] = [
        frame[:, ::-1],
        Found(frame[:, :, 0], "door"),
        {"box/es": np.ones((2, 4), np.float32)},
    ]
    letters.put(letter("detector", 9), [(value, {}), (np.array([None, "object"]), {})])
    result = command("show", "letters", "a1b2/detector-9", "--save", "deep/out")
    assert result.exit_code == 0, result.output
    names = ["detector-9-input0-0.png", "detector-9-input0-1-mask.png", "detector-9-input0-2-box%2Fes.npy"]
    out = tmp_path / "deep" / "out"
    assert sorted(path.name for path in out.iterdir()) == names
    assert [line for line in result.stdout.splitlines() if line.startswith("wrote")] == [
        f"wrote deep/out/{name}" for name in names
    ]
    assert np.load(out / names[2]).tolist() == [[1] * 4] * 2
    cv2 = pytest.importorskip("cv2")
    assert (cv2.imread(str(out / names[0])) == frame[:, ::-1]).all()
    grey = cv2.imread(str(out / names[1]), cv2.IMREAD_UNCHANGED)
    assert grey.shape == (5, 7)
    assert (grey == frame[:, :, 0]).all()


def test_save_without_arrays_or_where_it_cannot(command, letters):
    result = command("show", "letters", "a1b2/detector-7", "--save", "out")
    assert result.stderr == "Error: the inputs of a1b2/detector-7 have no arrays to save\n"
    letters.put(letter("detector", 9), [(np.zeros(3), {})])
    result = command("show", "letters", "a1b2/detector-9", "--save", "street.py")
    assert (result.exit_code, result.stderr) == (2, "Error: street.py cannot be written: File exists\n")


def test_a_png_begins_and_ends_as_one():
    data = png(np.zeros((1, 1), np.uint8))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.endswith(b"IEND\xaeB`\x82")

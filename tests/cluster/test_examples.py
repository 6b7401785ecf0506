"""The examples: those with a video on the beginning of one."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest

from tests.cluster.documented.props import cut_sample, frames_in
from tests.unit.producers.rtsp_server import missing

Run = Callable[..., str]
"""Runs an example, by its name and with arguments, and returns what it has printed."""

EXAMPLES = Path(__file__).parents[2] / "examples"

OF_NUMBERS = [
    "join_graph.py",
    "kill_a_worker.py",
    "linear_join.py",
    "replicated.py",
    "running_sum.py",
    "stopping.py",
    "task_module.py",
]
"""They need no arguments to be quick."""

COUNT = 28
"""15 of them teach the background."""


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """The first frames of the sample, as they are encoded there."""
    return cut_sample(tmp_path / "street.mp4", COUNT)


def last_frame(path: Path) -> np.ndarray:
    with av.open(path) as written:
        return list(written.decode(video=0))[-1].to_ndarray(format="bgr24")


def quarters(frame: np.ndarray) -> list[list[np.ndarray]]:
    return [np.hsplit(half, 2) for half in np.vsplit(frame, 2)]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path) -> Run:
    """Runs an example as the main program of this process: its own would mostly start."""

    def run(name: str, *arguments: object) -> str:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return said.out

    return run


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_they_run_as_they_stand(name, run):
    run(name)


def test_people_are_followed_and_counted(run, tmp_path, street):
    said = run("people_counter.py", street, "out")
    folder = tmp_path / "out"
    tracks = (folder / "tracks.csv").read_text().splitlines()
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert frames_in(folder / "people.mp4") == COUNT
    assert len({line.split(",")[3] for line in tracks[1:]}) >= 3, "several people are followed"
    assert {event["kind"] for event in events} <= {"line_in", "line_out"}
    assert f"{len([e for e in events if e['kind'] == 'line_in'])} went in over the line" in said


def test_a_wall_of_cameras(run, tmp_path, street):
    run("camera_wall.py", street, street, street)
    assert frames_in(tmp_path / "wall.mp4") == COUNT
    (top_left, top_right), (bottom_left, nothing) = quarters(last_frame(tmp_path / "wall.mp4"))
    assert np.abs(top_left[40:].astype(int) - bottom_left[40:]).mean() < 2  # below the names
    assert np.abs(top_left[40:].astype(int) - top_right[40:]).mean() < 2
    assert top_left.std() > 20
    assert nothing.max() < 20, "three cameras leave a place empty"


def test_who_moves_is_hidden(run, tmp_path, street):
    run("privacy_blur.py", street)
    assert frames_in(tmp_path / "private.mp4") == COUNT
    seen, shown = (last_frame(path).astype(int) for path in (street, tmp_path / "private.mp4"))
    changed = np.abs(seen - shown).max(axis=2) > 40
    assert changed[170:330, 220:].mean() > 0.02, "those on the street"
    assert changed[400:].mean() < 0.001, "nobody is on the grass"
    assert shown[82:98, 660:718].max() < 40, "the van's number plate"


def test_tracks_of_what_a_network_finds(run, tmp_path, street):
    run("onnx_tracking.py", street)
    assert (tmp_path / "street.onnx").exists()
    seen, shown = (last_frame(path).astype(int) for path in (street, tmp_path / "tracked.mp4"))
    colourful = np.ptp(shown, axis=2) - np.ptp(seen, axis=2) > 100
    assert 0.003 < colourful.mean() < 0.1, "boxes, labels and ways"


def test_preprocessing_says_on_which_device_it_was(run, tmp_path, street):
    said = run("gpu_preprocessing.py", street)
    assert re.search(r"^resizer-0 +(gpu \d|cpu: )", said, re.M)
    assert frames_in(tmp_path / "edges.mp4") == COUNT
    assert last_frame(tmp_path / "edges.mp4").shape == (384, 512, 3)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="there is no ffmpeg")
def test_a_camera_by_rtsp_and_out_again(run, tmp_path):
    if reason := missing():
        pytest.skip(reason)
    assert "wrote published.ts" in run("rtsp.py", 20)
    assert last_frame(tmp_path / "published.ts").std() > 20


def test_without_an_rtsp_server_it_says_what_to_give(run, monkeypatch, tmp_path):
    monkeypatch.setattr(subprocess, "Popen", partial(subprocess.Popen, executable=shutil.which("true")))
    with pytest.raises(SystemExit, match="give CAMERA_URL and PUBLISH_URL"):
        run("rtsp.py")


def test_a_scaling_experiment(run, tmp_path):
    said = run("scaling.py", 0.5, 1, 1, 3)
    one, three = (float(rate) for rate in re.findall(r"^[13] +1 +([\d.]+) ", said, re.M))
    assert three > one
    assert "<svg" in (tmp_path / "scaling" / "report.html").read_text()

"""The examples, as their readers start them: those with a video on the beginning of one."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import av
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

COUNT = 28
"""15 of them teach the background."""


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """The first frames of the sample, as they are encoded there."""
    path, count = tmp_path / "street.mp4", COUNT
    with av.open(str(files("daskflow") / "data" / "pedestrians.mp4")) as sample, av.open(path, "w") as cut:
        source = sample.streams.video[0]
        target = cut.add_stream_from_template(source)
        for packet in sample.demux(source):
            if packet.dts is not None and count:
                packet.stream = target
                cut.mux(packet)
                count -= 1
    return path


def run(*commands: list[str | Path], cwd: Path) -> list[str]:
    """Run programs of the folder at the same time: most of what they do is to start."""
    running = [
        subprocess.Popen(
            [sys.executable, EXAMPLES / program, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd,
        )
        for program, *arguments in commands
    ]  # fmt: skip
    said = []
    for process in running:
        out, err = process.communicate(timeout=100)
        assert process.returncode == 0, err
        assert "Traceback" not in err
        said.append(out)
    return said


def frames_in(path: Path) -> int:
    with av.open(path) as written:
        stream = written.streams.video[0]
        assert stream.codec_context.name == "h264"
        return sum(1 for _ in written.decode(stream))


def test_they_run_as_they_stand(tmp_path):
    names = sorted(path.name for path in EXAMPLES.glob("*.py") if not path.name.startswith("people"))
    assert len(names) >= 6
    run(*([name] for name in names), cwd=tmp_path)


def test_people_in_boxes_and_followed_and_counted(tmp_path, street):
    said = run(["people.py", street, "boxes.mp4"], ["people_counter.py", street, "out"], cwd=tmp_path)[1]
    assert frames_in(tmp_path / "boxes.mp4") == COUNT
    folder = tmp_path / "out"
    tracks = (folder / "tracks.csv").read_text().splitlines()
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert frames_in(folder / "people.mp4") == COUNT
    assert len({line.split(",")[3] for line in tracks[1:]}) >= 3, "several people are followed"
    assert {event["kind"] for event in events} <= {"line_in", "line_out"}
    assert f"{len([e for e in events if e['kind'] == 'line_in'])} went in over the line" in said

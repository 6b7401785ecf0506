"""The examples: those with a video on the beginning of one."""

from __future__ import annotations

import json
import runpy
from importlib.resources import files
from pathlib import Path

import av
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

NAMES = sorted(path.name for path in EXAMPLES.glob("[!p]*.py"))
assert len(NAMES) >= 6

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


def frames_in(path: Path) -> int:
    with av.open(path) as written:
        stream = written.streams.video[0]
        assert stream.codec_context.name == "h264"
        return sum(1 for _ in written.decode(stream))


@pytest.mark.parametrize("name", NAMES)
def test_they_run_as_they_stand(name, capsys, monkeypatch, tmp_path):
    """As the main program of this process: most of what they would do in their own is to start."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert "Traceback" not in "".join(capsys.readouterr())


def test_people_in_boxes_and_followed_and_counted(start, tmp_path, street):
    programs = [
        start(EXAMPLES / "people.py", street, "boxes.mp4"),
        start(EXAMPLES / "people_counter.py", street, "out"),
    ]
    for process in programs:
        said, err = process.communicate(timeout=100)
        assert process.returncode == 0, err
        assert "Traceback" not in err
    assert frames_in(tmp_path / "boxes.mp4") == COUNT
    folder = tmp_path / "out"
    tracks = (folder / "tracks.csv").read_text().splitlines()
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert frames_in(folder / "people.mp4") == COUNT
    assert len({line.split(",")[3] for line in tracks[1:]}) >= 3, "several people are followed"
    assert {event["kind"] for event in events} <= {"line_in", "line_out"}
    assert f"{len([e for e in events if e['kind'] == 'line_in'])} went in over the line" in said

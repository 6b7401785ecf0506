"""The largest example, as its reader starts it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import av

EXAMPLE = Path(__file__).parents[2] / "examples" / "people_counter.py"
FRAMES = 28  # 15 of them teach the background


def beginning(path: Path, count: int) -> Path:
    """The first frames of the sample, as they are encoded there."""
    with av.open(str(files("daskflow") / "data" / "pedestrians.mp4")) as sample, av.open(path, "w") as cut:
        source = sample.streams.video[0]
        target = cut.add_stream_from_template(source)
        for packet in sample.demux(source):
            if packet.dts is not None and count:
                packet.stream = target
                cut.mux(packet)
                count -= 1
    return path


def test_people_are_found_followed_and_counted(tmp_path):
    video = beginning(tmp_path / "street.mp4", FRAMES)
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), str(video), "out"],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with av.open(tmp_path / "out" / "people.mp4") as written:
        stream = written.streams.video[0]
        assert stream.codec_context.name == "h264"
        count = sum(1 for _ in written.decode(stream))
    tracks = (tmp_path / "out" / "tracks.csv").read_text().splitlines()
    events = [json.loads(line) for line in (tmp_path / "out" / "events.jsonl").read_text().splitlines()]
    assert count == FRAMES
    assert len({line.split(",")[3] for line in tracks[1:]}) >= 3, "several people are followed"
    assert {event["kind"] for event in events} <= {"line_in", "line_out"}
    assert f"{len([e for e in events if e['kind'] == 'line_in'])} went in over the line" in done.stdout

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest

from daskflow.consumers import HlsWriter
from tests.unit.media import context, open_files, picture


def feed(writer: HlsWriter, frames: int) -> None:
    for number in range(frames):
        writer.consume(picture(number), context(event_time=50 + number / 5, frame_rate=5))


def frames_of(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_old_segments_go(tmp_path: Path) -> None:
    (tmp_path / "segment-000099.ts").write_text("of an earlier run")
    (tmp_path / "other.txt").write_text("not ours")
    writer = HlsWriter(tmp_path, 1, keep=3)
    writer.open(context())
    feed(writer, 62)
    playlist = (tmp_path / "index.m3u8").read_text()
    listed = [line for line in playlist.splitlines() if line.endswith(".ts")]
    assert listed == [f"segment-{i:06d}.ts" for i in (9, 10, 11)]
    assert "ENDLIST" not in playlist
    assert "#EXT-X-TARGETDURATION:1\n" in playlist
    assert playlist.count("#EXTINF:1.000000") == 3
    writer.close()
    writer.close()
    assert "#EXT-X-ENDLIST" in (tmp_path / "index.m3u8").read_text()
    assert len(list(tmp_path.glob("*.ts"))) <= 6
    assert not (tmp_path / "segment-000099.ts").exists()
    assert (tmp_path / "other.txt").exists()
    assert not [name for name in open_files() if name.startswith(str(tmp_path))]


def test_a_folder_whose_name_is_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "a [*] ü"
    folder.mkdir()
    (folder / "segment-000099.ts").write_text("of an earlier run")
    writer = HlsWriter(folder, 1, keep=None)
    writer.open(context())
    feed(writer, 12)
    writer.close()
    assert frames_of(folder / "index.m3u8") == 12
    assert sorted(path.name for path in folder.glob("*.ts")) == [f"segment-{i:06d}.ts" for i in range(3)]


def test_all_are_kept_where_the_recording_is_wanted(tmp_path: Path) -> None:
    writer = HlsWriter(tmp_path / "new", 1, keep=None)
    writer.open(context())
    feed(writer, 33)
    writer.close()
    assert frames_of(tmp_path / "new" / "index.m3u8") == 33
    assert len(list((tmp_path / "new").glob("*.ts"))) == 7


def test_a_camera_that_was_away_does_not_make_viewers_wait_as_long(tmp_path: Path) -> None:
    writer = HlsWriter(tmp_path, 1, keep=None)
    writer.open(context())
    for number in range(12):
        time_s = number / 5 + (3600 if number > 8 else 0)
        writer.consume(picture(number), context(event_time=time_s, frame_rate=5))
    writer.close()
    playlist = (tmp_path / "index.m3u8").read_text()
    assert "#EXT-X-TARGETDURATION:11" in playlist  # the longest segment, and how often players look again
    assert frames_of(tmp_path / "index.m3u8") == 12


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = HlsWriter(tmp_path, 1)
    writer.open(context())
    feed(writer, 7)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(total=0, free=0))
    feed(writer, 7)  # nothing is known of this one
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(total=10**9, free=4096))
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path}'"):
        feed(writer, 7)
    writer.close()


def test_a_successor_goes_on_with_the_playlist(tmp_path: Path) -> None:
    killed = HlsWriter(tmp_path, 1, keep=None)
    killed.open(context())
    feed(killed, 12)
    successor, ctx = HlsWriter(tmp_path, 1, keep=None), context()
    ctx.incarnation = 1
    successor.open(ctx)
    feed(successor, 12)
    successor.close()
    playlist = (tmp_path / "index.m3u8").read_text()
    assert "#EXT-X-DISCONTINUITY" in playlist
    assert playlist.count(".ts") == 5  # two of the first: its last one was never complete
    killed.close()


@pytest.mark.parametrize(
    "options", [{"folder": "100%"}, {"segment_s": 0.5}, {"keep": 2}, {"crf": 60}, {"preset": "no"}]
)
def test_arguments(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        HlsWriter(**{"folder": "stream", **options})

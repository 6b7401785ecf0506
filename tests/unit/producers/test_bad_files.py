"""Files that are not what they should be: frames, or an error that names the file."""

from __future__ import annotations

import logging
import os
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daskflow.producers import VideofileReader
from tests.unit.media import context, noise, open_files, write_video

MOST_FRAMES = 100

Damage = Callable[[bytes], bytes]


def outcome_of(path: Path) -> int | Exception:
    """How many frames the file gives, up to a limit, or the error that names it."""
    reader, ctx = VideofileReader(path, max_frames=MOST_FRAMES, decoder_threads=1), context()
    opened, count = len(open_files()), 0
    assert reader.length is None or reader.length >= 0
    failure: Exception | None = None
    try:
        reader.open(ctx)
        while True:
            assert reader.next(ctx).shape[2] == 3
            count += 1
    except StopIteration:
        pass
    except (OSError, ValueError) as error:
        failure = error
    reader.close()
    assert len(open_files()) == opened
    if failure is None:
        return count
    assert str(path) in str(failure)
    assert "\n" not in str(failure)
    return failure


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """One small file of each kind of container, with its extension."""
    folder = tmp_path_factory.mktemp("samples")
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("v.mp4", {"options": {"bf": "2", "g": "3"}}),
        ("v.avi", {"codec": "mpeg4"}),
        ("v.mkv", {"options": {"g": "3"}}),
        ("v.ts", {"options": {"g": "3"}}),
        ("v.mov", {"codec": "png", "pix_fmt": "rgb24"}),
    ]
    paths = [write_video(folder / name, map(noise, range(5)), **kind) for name, kind in kinds]
    return [(path.suffix, path.read_bytes()) for path in paths]


quickly = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
EXTENSIONS = st.sampled_from([".mp4", ".avi", ".mkv", ".ts", ".gif", ""])


@quickly
@given(
    content=st.binary(max_size=300), extension=st.sampled_from([".mp4", ".avi", ".mkv", ".ts", ".gif", ""])
)
def test_random_bytes(tmp_path: Path, content: bytes, extension: str) -> None:
    path = tmp_path / f"random{extension}"
    path.write_bytes(content)
    outcome_of(path)


@quickly
@given(data=st.data(), which=st.integers(0, 4), part=st.sampled_from(["anywhere", "front", "back"]))
def test_changed_bytes(
    samples: list[tuple[str, bytes]], tmp_path: Path, data: st.DataObject, which: int, part: str
) -> None:
    extension, content = samples[which]
    changed = bytearray(content)
    size = len(content)
    low, high = {"anywhere": (0, size), "front": (0, 1000), "back": (size - 1500, size)}[part]
    for _ in range(data.draw(st.integers(1, 20))):
        changed[data.draw(st.integers(max(low, 0), min(high, size) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / f"changed{extension}"
    path.write_bytes(changed)
    outcome_of(path)


@quickly
@given(which=st.integers(0, 4), kept=st.floats(0, 1))
def test_truncated_anywhere(
    samples: list[tuple[str, bytes]], tmp_path: Path, which: int, kept: float
) -> None:
    extension, content = samples[which]
    path = tmp_path / f"truncated{extension}"
    path.write_bytes(content[: int(len(content) * kept)])
    outcome_of(path)


@pytest.mark.parametrize("which", range(5))
@pytest.mark.parametrize("damage", [
    lambda content: content[:100],
    lambda content: bytes(len(content)),
    lambda content: bytes(40) + content[40:],
    lambda content: content[: len(content) // 2] + bytes(2000) + content[len(content) // 2 + 2000 :],
    lambda content: content[:-1500] + bytes(1500),
    lambda content: content * 2,
], ids=["only the front", "zeros", "no header", "a hole", "no end", "twice"])  # fmt: skip
def test_damage_of_each_kind_and_container(
    samples: list[tuple[str, bytes]], tmp_path: Path, which: int, damage: Damage
) -> None:
    extension, content = samples[which]
    path = tmp_path / f"damaged{extension}"
    path.write_bytes(damage(content))
    outcome_of(path)


def test_an_mp4_without_its_index_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", map(noise, range(5)))
    path.write_bytes(path.read_bytes().replace(b"moov", b"vmoo"))
    assert f"{path} cannot be read as a video" in str(outcome_of(path))


def test_an_mp4_that_was_cut_off_while_it_was_written_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", map(noise, range(5)))
    path.write_bytes(path.read_bytes()[:-1000])  # its index is at the end
    assert "incomplete" in str(outcome_of(path))


def test_a_container_without_a_frame_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "v.avi"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        container.start_encoding()
    assert f"no frame of {path} can be decoded" in str(outcome_of(path))


def test_a_fifo_or_device_is_no_reason_to_hang(tmp_path: Path) -> None:
    assert f"{os.devnull} is no file" in str(outcome_of(Path(os.devnull)))
    os.mkfifo(tmp_path / "fifo")
    assert "is no file" in str(outcome_of(tmp_path / "fifo"))


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(1600))
    assert f"{path} has no video stream" in str(outcome_of(path))


def test_tags_in_another_encoding_are_no_damage(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", map(noise, range(3)))
    path.write_bytes(path.read_bytes().replace(b"Lavf", b"L\xe4vf"))
    assert outcome_of(path) == VideofileReader(path).length == 3


def test_a_picture_that_its_decoder_chokes_on_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_video(tmp_path / "v.mov", map(noise, range(3)), codec="png", pix_fmt="rgb24")
    content = bytearray(path.read_bytes())
    second = content.index(b"IDAT", content.index(b"IEND")) + 200
    content[second : second + 50] = bytes(50)  # zlib's complaint is of another kind than FFmpeg's own
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert outcome_of(path) == 2
    assert f"{path}: a frame is left out" in caplog.text


def test_a_disk_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "v.mp4", map(noise, range(3)))
    reader, ctx = VideofileReader(path), context()
    reader.open(ctx)

    class Broken:
        def demux(self, stream: Any) -> Any:
            raise av.error.OSError(5, "Input/output error")

        def close(self) -> None: ...

    assert reader._decoder is not None
    monkeypatch.setattr(reader._decoder, "_container", Broken())
    with pytest.raises(OSError, match=f"{path} cannot be read any further: Input/output error"):
        reader.next(ctx)


def test_an_address_is_for_another_reader() -> None:
    with pytest.raises(ValueError, match=r"^rtsp://admin:\*\*\*@camera/1 is an address.*VideoUrlReader"):
        VideofileReader("rtsp://admin:hunter2@camera/1")

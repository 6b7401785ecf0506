"""A webcam, played by FFmpeg's test picture: without the hardware, opening it is all that differs."""

from __future__ import annotations

import logging
import os
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from daskflow import SKIP
from daskflow.producers import VideoDeviceReader, connection, device
from tests.unit.media import context

PATIENCE_S = 20.0
CAMERA = "/dev/null"  # a character device that everybody may read and write, as a camera is


class Plug:
    """Stands in for `Connection`: what is asked of the camera, and a test picture of so many frames."""

    def __init__(self, frames: int = 0) -> None:
        self.asked: list[dict[str, Any]] = []
        self._duration = f":duration={frames / 100}" if frames else ""
        self.has_camera = True

    def __call__(self, url: str, **how: Any) -> connection.Connection:
        self.asked.append({"url": url, **how})
        if not self.has_camera:
            raise ConnectionError("no such device")
        how.update(options={}, container_format="lavfi")
        return connection.Connection(f"testsrc=size=64x48:rate=100{self._duration},realtime", **how)


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Iterator[Plug]:
    plug = Plug()
    monkeypatch.setattr(device, "Connection", plug)
    yield plug
    assert [t.name for t in threading.enumerate() if t.name == "daskflow stream"] == []


def opened(**options: Any) -> tuple[VideoDeviceReader, Any]:
    node, ctx = pickle.loads(pickle.dumps(VideoDeviceReader(CAMERA, **options))), context()
    node.open(ctx)
    return node, ctx


def next_of(node: VideoDeviceReader, ctx: Any) -> Any:
    ctx.metadata = {}
    while (frame := node.next(ctx)) is SKIP:
        pass
    return frame


def test_frames_and_what_is_known_of_them(plug: Plug) -> None:
    node, ctx = opened(max_frames=3)
    metadata = []
    for _ in range(3):
        frame = next_of(node, ctx)
        metadata.append(ctx.metadata)
        assert (frame.shape, frame.dtype, frame.flags.c_contiguous) == ((48, 64, 3), np.uint8, True)
    with pytest.raises(StopIteration):
        node.next(ctx)
    node.close()
    node.close()
    assert {m["source"] for m in metadata} == {CAMERA}
    for before, m in zip([None, *metadata], metadata, strict=False):
        assert m["frame_rate"] == 100
        assert m["event_time"] <= m["capture_time"]
        assert m["reconnects"] == 0
        assert m["gap"] == m["index"] - (-1 if before is None else before["index"]) - 1
    assert node.is_live
    assert not hasattr(node, "seek")


def test_what_is_asked_of_the_camera(plug: Plug) -> None:
    node, ctx = opened(width=640, height=480, fps=30, pixel_format="mjpeg", format="gray", decoder_threads=2)
    assert next_of(node, ctx).shape == (48, 64)
    node.close()
    [asked] = plug.asked
    assert (asked["url"], asked["container_format"], asked["threads"]) == (CAMERA, "v4l2", 2)
    assert asked["options"] == {"video_size": "640x480", "framerate": "30", "input_format": "mjpeg"}


def test_a_camera_that_is_unplugged_and_plugged_in_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plug = Plug(frames=5)
    monkeypatch.setattr(device, "Connection", plug)
    node, ctx = opened(reconnect_wait_s=0.001)
    while not ctx.metadata.get("reconnects"):
        next_of(node, ctx)
    assert ctx.metadata["index"] >= 5
    node.close()
    assert f"{CAMERA}: lost (the stream ended)" in caplog.text


def read_on(node: VideoDeviceReader, ctx: Any) -> None:
    while True:
        node.next(ctx)


def test_one_that_does_not_come_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    plug = Plug(frames=5)
    monkeypatch.setattr(device, "Connection", plug)
    node, ctx = opened(reconnect_wait_s=0.0, reconnects=2)
    plug.has_camera = False
    with pytest.raises(ConnectionError, match=f"{CAMERA} was lost .* did not come back in 2 attempts"):
        read_on(node, ctx)
    node.close()


class TestRefusals:
    def refused(self, path: Any, error: type[Exception], message: str) -> None:
        node, ctx = VideoDeviceReader(path), context()
        with pytest.raises(error, match=message) as caught:
            node.open(ctx)
        node.close()
        assert caught.value.__cause__ is None

    def test_no_such_device(self) -> None:
        self.refused(987, FileNotFoundError, "there is no camera /dev/video987: check that it is plugged in")

    def test_those_there_are_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "listdir", lambda _: ["video10", "null", "video2", "video-enc"])
        self.refused("987", FileNotFoundError, "there are /dev/video2, /dev/video10")
        monkeypatch.setattr(os, "listdir", lambda _: ["null"])
        self.refused("/dev/video987", FileNotFoundError, "this machine has none")

    def test_a_device_that_is_no_camera(self) -> None:
        self.refused(CAMERA, ConnectionError, f"{CAMERA} cannot be opened .*check that it is a camera")

    def test_a_file(self) -> None:
        self.refused(__file__, ValueError, "is no device: VideofileReader reads files")

    def test_forbidden(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: path != CAMERA)
        self.refused(CAMERA, PermissionError, f"{CAMERA} may not be used by this user")

    @pytest.mark.parametrize(
        ("given", "error", "message"),
        [
            ({"device": -1}, ValueError, "device is a number from 0"),
            ({"device": True}, TypeError, "device is a number or a path"),
            ({"device": 1.0}, TypeError, "device is a number or a path"),
            ({"device": "rtsp://camera/1"}, ValueError, "VideoUrlReader reads addresses"),
            ({"width": 640}, ValueError, "width and height are asked for together"),
            ({"width": 0, "height": 3}, ValueError, "width is at least 1"),
            ({"fps": 0}, ValueError, "fps is above 0"),
            ({"open_timeout_s": 0}, ValueError, "open_timeout_s is more than 0"),
            ({"reconnects": -1}, ValueError, "reconnects is not negative"),
            ({"reconnect_wait_s": -1}, ValueError, "reconnect_wait_s is not negative"),
            ({"max_frames": -1}, ValueError, "max_frames is not negative"),
            ({"decoder_threads": 0}, ValueError, "decoder_threads is at least 1"),
            ({"format": "yuyv422"}, ValueError, "format is one of bgr24, rgb24, gray"),
        ],
    )
    def test_arguments(self, given: dict[str, Any], error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            VideoDeviceReader(**given)

"""Cameras that come and go, hang, or are not there."""

from __future__ import annotations

import logging
import pickle
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow import SKIP
from daskflow.producers import VideoUrlReader, live
from tests.unit.media import Picture, context, open_files, picture, write_video
from tests.unit.producers.stream_server import PATIENCE_S, Camera, grey

QUICK = {"reconnect_wait_s": 0.0, "open_timeout_s": PATIENCE_S, "read_timeout_s": PATIENCE_S}

Readers = Callable[..., tuple[VideoUrlReader, Any]]


@pytest.fixture
def camera() -> Iterator[Camera]:
    camera = Camera()
    yield camera
    camera.close()


@pytest.fixture
def reader(camera: Camera) -> Iterator[Readers]:
    """Makes open readers, as copies that a worker has; all their threads must end."""
    opened = []

    def make(url: str, **options: Any) -> tuple[VideoUrlReader, Any]:
        node, ctx = pickle.loads(pickle.dumps(VideoUrlReader(url, **{**QUICK, **options}))), context()
        opened.append((node, ctx))
        node.open(ctx)
        return node, ctx

    yield make
    camera.close()  # so that nobody waits for what it might still say
    for node, ctx in opened:
        node.close(ctx)
    assert streams() == []


def streams() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "daskflow stream"]


def next_of(node: VideoUrlReader, ctx: Any) -> tuple[Picture, dict[str, Any]]:
    """The next frame, however long it takes."""
    while True:
        ctx.metadata = {}
        frame = node.next(ctx)
        if frame is not SKIP:
            return frame, ctx.metadata


def read_on(node: VideoUrlReader, ctx: Any) -> None:
    """Until something is raised."""
    while True:
        node.next(ctx)


def next_or_none(node: VideoUrlReader, ctx: Any) -> tuple[Picture, dict[str, Any]] | None:
    try:
        return next_of(node, ctx)
    except StopIteration:
        return None


def wait_for(value: int, node: VideoUrlReader, ctx: Any) -> tuple[Picture, dict[str, Any]]:
    """The next frame of about this grey."""
    while True:
        frame, metadata = next_of(node, ctx)
        if abs(int(frame[0, 0, 0]) - value) < 4:
            return frame, metadata


class TestFrames:
    def test_a_frame_and_what_is_known_of_it(self, camera: Camera, reader: Readers) -> None:
        node, ctx = reader(camera.url("admin:hunter2@", "live?token=abc123&channel=1"))
        frame, metadata = next_of(node, ctx)
        assert (frame.shape, frame.dtype, frame.flags.c_contiguous) == ((48, 64, 3), np.uint8, True)
        assert metadata["source"] == f"http://admin:***@127.0.0.1:{camera.port}/live?token=***&channel=1"
        assert metadata["index"] == metadata["gap"] >= 0
        assert metadata["reconnects"] == 0
        assert metadata["event_time"] <= metadata["capture_time"]
        assert metadata["time_base"] > 0
        assert b"token=abc123" in camera.connected.get(timeout=PATIENCE_S)  # the camera is told the real one

    def test_the_newest_frame_is_given_and_the_others_are_counted(
        self, camera: Camera, reader: Readers, caplog: pytest.LogCaptureFixture
    ) -> None:
        node, ctx = reader(camera.url())
        wait_for(100, node, ctx)
        camera.show(grey(10), 20)
        camera.show(grey(200))
        _, metadata = wait_for(200, node, ctx)
        assert metadata["index"] == 50  # 30 of the beginning, and 20
        camera.show(grey(150))
        assert wait_for(150, node, ctx)[1]["gap"] == 0
        camera.close()
        with caplog.at_level(logging.INFO):
            node.close(ctx)
        given, passed_over = (int(word) for word in caplog.messages[-1].split() if word.isdecimal())
        assert given + passed_over == 52

    def test_pictures_may_change_their_size(self, camera: Camera, reader: Readers) -> None:
        node, ctx = reader(camera.url())
        wait_for(100, node, ctx)
        camera.show(grey(10, 96, 32))
        assert wait_for(10, node, ctx)[0].shape == (32, 96, 3)

    def test_a_damaged_picture_is_left_out_and_counted(
        self, camera: Camera, reader: Readers, caplog: pytest.LogCaptureFixture
    ) -> None:
        node, ctx = reader(camera.url())
        wait_for(100, node, ctx)
        camera.send(b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\n\r\n\xff\xd8\xff\xd9\r\n")
        camera.show(grey(10))
        assert wait_for(10, node, ctx)[1]["index"] == 31
        assert f"http://127.0.0.1:{camera.port}/live: damaged frames are left out" in caplog.text

    def test_max_frames(self, camera: Camera, reader: Readers) -> None:
        node, ctx = reader(camera.url(), max_frames=1)
        next_of(node, ctx)
        with pytest.raises(StopIteration):
            node.next(ctx)

    def test_without_a_frame_it_skips_so_that_the_flow_can_stop(
        self, camera: Camera, reader: Readers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        node, ctx = reader(camera.url())
        wait_for(100, node, ctx)
        monkeypatch.setattr("daskflow.producers.newest._PATIENCE_S", 0.01)
        while node.next(ctx) is not SKIP:
            pass

    def test_a_recording_is_played_to_its_end(self, tmp_path: Path, reader: Readers) -> None:
        path = write_video(tmp_path / "v.mp4", map(picture, range(6)), rate=50)
        node, ctx = reader(f"file://{path}")
        indices, times = [], []
        for _, metadata in iter(lambda: next_or_none(node, ctx), None):
            indices.append((metadata["index"], metadata["gap"]))
            times.append(metadata["event_time"] - metadata["index"] / 50)
        assert indices[-1][0] == 5
        assert sum(gap for _, gap in indices) + len(indices) == 6
        assert max(times) - min(times) < 1.5  # a machine that is busy makes them late, but no more than that

    def test_it_is_live_and_cannot_go_back(self) -> None:
        assert VideoUrlReader.is_live
        assert not hasattr(VideoUrlReader, "seek")


class TestLoss:
    def test_a_camera_that_was_switched_off_and_on_is_found_again(
        self, camera: Camera, reader: Readers, caplog: pytest.LogCaptureFixture
    ) -> None:
        url = camera.url("admin:hunter2@")
        node, ctx = reader(url, reconnect_wait_s=0.01)
        _, before = wait_for(100, node, ctx)
        camera.close()
        for _ in range(2):
            again = Camera(camera.port)
            again.connected.get(timeout=PATIENCE_S)
            again.show(grey(200))
            frame, after = wait_for(200, node, ctx)
            again.close()
        assert frame.shape == (48, 64, 3)
        assert after["reconnects"] == 2
        assert after["index"] > before["index"]
        assert after["event_time"] > before["event_time"]
        assert "lost (" in caplog.text
        assert "connecting anew in 0.01 s" in caplog.text
        assert "frames again, after" in caplog.text
        assert "hunter2" not in caplog.text

    def test_a_camera_that_falls_silent_counts_as_lost(
        self, camera: Camera, reader: Readers, caplog: pytest.LogCaptureFixture
    ) -> None:
        node, ctx = reader(camera.url(), read_timeout_s=0.2)
        while next_of(node, ctx)[1]["reconnects"] < 2:  # it says nothing after the first pictures each time
            pass
        assert "lost (nothing came for 0.2 s)" in caplog.text

    def test_it_is_given_up_after_so_many_attempts(self, camera: Camera, reader: Readers) -> None:
        node, ctx = reader(camera.url("admin:hunter2@"), reconnects=3)
        wait_for(100, node, ctx)
        camera.close()
        with pytest.raises(ConnectionError, match=r"admin:\*\*\*@127.* did not come back in 3 attempts"):
            read_on(node, ctx)
        with pytest.raises(ConnectionError):
            node.next(ctx)

    def test_without_reconnects_the_loss_is_an_error(self, camera: Camera, reader: Readers) -> None:
        node, ctx = reader(camera.url(), reconnects=0)
        wait_for(100, node, ctx)
        camera.cut()
        with pytest.raises(ConnectionError, match=f"http://127.0.0.1:{camera.port}/live was lost"):
            read_on(node, ctx)

    def test_waits_double_up_to_a_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        waits: list[float] = []
        monkeypatch.setattr(live, "LONGEST_WAIT_S", 3.0)
        monkeypatch.setattr(threading.Event, "wait", lambda _, timeout_s=None: waits.append(timeout_s))
        watched = live.LiveStream(
            lambda: None, address="rtsp://camera", reconnects=4, first_wait_s=0.5, logger=logging.getLogger()
        )
        monkeypatch.setattr(watched, "_follow", lambda: "reason")
        with pytest.raises(ConnectionError, match="4 attempts"):
            watched._watch()
        assert waits == [0.5, 1.0, 2.0, 3.0]

    def test_close_ends_a_thread_that_waits_to_connect_anew(self, camera: Camera, reader: Readers) -> None:
        node, ctx = reader(camera.url(), reconnect_wait_s=1000)
        wait_for(100, node, ctx)
        camera.cut()
        node.close(ctx)  # the fixture asserts that the thread has ended

    def test_close_does_not_wait_longer_than_it_says_for_a_network_that_hangs(
        self, camera: Camera, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        node, ctx = VideoUrlReader(camera.url(), **{**QUICK, "read_timeout_s": 3600}), context()
        node.open(ctx)
        while next_of(node, ctx)[1]["index"] < 29:  # the last that comes: now it waits for more
            pass
        (thread,) = streams()
        monkeypatch.setattr(live, "CLOSE_S", 0.01)
        with caplog.at_level(logging.INFO):
            node.close(ctx)
        assert "the network hangs" in caplog.text
        camera.cut()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()

    def test_a_recording_that_breaks_off_does_not_begin_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(live, "_LONGEST_PAUSE_S", 0.0)
        camera = Camera(status="200 OK\r\nContent-Length: 1000000")
        node, ctx = (
            VideoUrlReader(camera.url("admin:hunter2@"), **QUICK, ffmpeg_options={"probesize": 9000}),
            context(),
        )
        node.open(ctx)
        camera.cut()
        with pytest.raises(ConnectionError, match=r"admin:\*\*\*@.*, a recording, broke off: "):
            wait_for(-1, node, ctx)
        node.close(ctx)
        camera.close()


class TestRefusals:
    def refused(self, url: str, **options: Any) -> BaseException:
        node, ctx = VideoUrlReader(url, **{**QUICK, **options}), context()
        with pytest.raises((OSError, ValueError)) as caught:
            node.open(ctx)
        node.close(ctx)
        assert streams() == []
        assert not [name for name in open_files() if url in name]
        # Nor in what is said below it, as a traceback would show it.
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__
        return caught.value

    def test_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        error = self.refused(f"rtsp://admin:hunter2@127.0.0.1:{port}/live?token=abc123")
        assert isinstance(error, ConnectionError)
        assert str(error).startswith(f"rtsp://admin:***@127.0.0.1:{port}/live?token=*** cannot be opened (")
        assert "check the address" in str(error)

    @pytest.mark.parametrize("scheme", ["http", "rtsp", "rtmp"])
    def test_somebody_accepts_and_says_nothing(self, scheme: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"127.0.0.1:{listener.getsockname()[1]}/live"
            error = self.refused(f"{scheme}://admin:hunter2@{address}", open_timeout_s=0.2)
        assert isinstance(error, TimeoutError)
        assert str(error).startswith(f"{scheme}://admin:***@{address} does not answer within 0.2 s")

    def test_nobody_sends(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        error = self.refused(f"udp://127.0.0.1:{port}", open_timeout_s=0.2)
        assert "does not answer within 0.2 s" in str(error)

    @pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized", "500 No"])
    def test_the_camera_refuses(self, status: str) -> None:
        camera = Camera(first=0, status=status)
        error = self.refused(camera.url("admin:hunter2@"))
        assert isinstance(error, ConnectionError)
        assert f"http://admin:***@127.0.0.1:{camera.port}/live cannot be opened" in str(error)
        camera.close()

    def test_what_comes_is_no_video(self, tmp_path: Path) -> None:
        path = tmp_path / "text.mp4"
        path.write_text("no video\n" * 100)
        assert str(self.refused(f"file://{path}")).startswith(f"file://{path} sends no video")

    def test_a_name_that_is_not_found_in_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        is_through = threading.Event()
        stream = live.LiveStream(
            is_through.wait, address="rtsp://camera", reconnects=0, first_wait_s=0, logger=logging.getLogger()
        )
        with pytest.raises(TimeoutError, match=r"rtsp://camera is not found within 0\.01 s"):
            stream.start(0.01)
        is_through.set()
        stream.close()

    def test_arguments(self) -> None:
        for wrong in ({"open_timeout_s": 0}, {"read_timeout_s": -1}, {"reconnects": -1}, {"max_frames": -1},
                      {"reconnect_wait_s": -1}, {"decoder_threads": 0}):  # fmt: skip
            with pytest.raises(ValueError, match=next(iter(wrong))):
                VideoUrlReader("rtsp://camera", **wrong)
        with pytest.raises(ValueError, match="VideofileReader reads files"):
            VideoUrlReader("v.mp4")
        node = VideoUrlReader("rtsp://admin:hunter2@camera", "gate", queue_size=3)
        assert (repr(node), node.queue_size) == ("gate", 3)
        url = "rtsp://admin:hunter2@camera"
        assert "hunter2" not in repr(VideoUrlReader(url)) + repr(VideoUrlReader(url, url))

    def test_close_without_open_and_twice(self, camera: Camera) -> None:
        node, ctx = VideoUrlReader(camera.url(), **QUICK), context()
        node.close(ctx)
        node.open(ctx)
        camera.close()
        node.close(ctx)
        node.close(ctx)

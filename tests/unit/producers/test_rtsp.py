"""RTSP as cameras speak it: a server of GStreamer's, which is killed, comes back, and asks for a password."""

from __future__ import annotations

import itertools
import logging
import pickle
import time
import traceback
from typing import Any

import numpy as np
import pytest

from daskflow import SKIP
from daskflow.producers import VideoUrlReader
from tests.unit.media import Picture, context
from tests.unit.producers.rtsp_server import RtspServer, missing

PATIENCE_S = 20.0
QUICK: dict[str, Any] = {
    "reconnect_wait_s": 0.05,
    "open_timeout_s": PATIENCE_S,
    "read_timeout_s": PATIENCE_S,
    "ffmpeg_options": {"analyzeduration": "200000"},
}

REASON = missing()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)


def next_of(node: VideoUrlReader, ctx: Any) -> tuple[Picture, dict[str, Any]]:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        ctx.metadata = {}
        frame = node.next(ctx)
        if frame is not SKIP:
            return frame, ctx.metadata
    pytest.fail(f"no frame for {PATIENCE_S:g} s")


def test_a_camera_that_is_killed_and_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with RtspServer("admin", "hunter2") as camera:
        node: VideoUrlReader = pickle.loads(
            pickle.dumps(VideoUrlReader(camera.url("admin:hunter2@"), **QUICK))
        )
        ctx = context()
        node.open(ctx)
        try:
            first = [next_of(node, ctx) for _ in range(5)]
            camera.kill()
            seen = first[-1][1]["index"]
            camera.start()
            frame, metadata = next_of(node, ctx)
            while not metadata["reconnects"]:
                seen = metadata["index"]
                frame, metadata = next_of(node, ctx)
            rest = [metadata] + [next_of(node, ctx)[1] for _ in range(5)]
        finally:
            node.close(ctx)
    everything = [m for _, m in first] + rest
    assert (frame.shape, frame.dtype, frame.flags.c_contiguous) == ((120, 160, 3), np.uint8, True)
    assert frame.max() > 200  # a white ball on black
    assert {m["source"] for m in everything} == {f"rtsp://admin:***@127.0.0.1:{camera.port}/live"}
    assert [m["reconnects"] for m in everything] == [0] * 5 + [1] * 6
    assert metadata["gap"] == metadata["index"] - seen - 1
    indices = [m["index"] for m in rest]
    assert [m["gap"] for m in rest[1:]] == [b - a - 1 for a, b in itertools.pairwise(indices)]
    for key in ("index", "event_time", "capture_time"):
        assert all(a[key] < b[key] for a, b in itertools.pairwise(everything)), key
    assert all(m["event_time"] <= m["capture_time"] for m in everything)
    assert "lost (" in caplog.text
    assert "frames again, after" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("user", ["", "admin:swordfish@"])
def test_a_wrong_password(user: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with RtspServer("admin", "hunter2") as camera:
        node, ctx = VideoUrlReader(camera.url(user), **QUICK), context()
        with pytest.raises(ConnectionError, match=r"401.*check the address, its user and password") as caught:
            node.open(ctx)
        node.close(ctx)
    said = "".join(traceback.format_exception(caught.value))
    assert "swordfish" not in said + caplog.text + repr(node)
    assert f"rtsp://{'admin:***@' if user else ''}127.0.0.1:{camera.port}/live" in said


def test_a_path_that_is_not_served() -> None:
    with RtspServer() as camera:
        node, ctx = VideoUrlReader(camera.url() + "/other", **QUICK), context()
        with pytest.raises(ConnectionError, match="404"):
            node.open(ctx)
        node.close(ctx)

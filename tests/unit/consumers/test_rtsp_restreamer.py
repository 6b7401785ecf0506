"""Publishing by RTSP: to a real server where there is one, and with programs that stand in for ffmpeg."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow.consumers import RtspRestreamer
from tests.unit.media import context, picture

RECORDER = Path(__file__).parent / "rtsp_recorder.py"
PYTHON = "/usr/bin/python3"


def has_server() -> bool:
    code = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    try:
        return subprocess.run([PYTHON, "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def until(condition: Any, timeout_s: float = 15) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.01)


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def holds(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size == size


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def in_group(group: int) -> list[str]:
    found = subprocess.run(["ps", "-A", "-o", "pgid=,pid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in found.stdout.splitlines()]
    return [row[1] for row in rows if row[0] == str(group) and not row[2].startswith("Z")]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert not [t.name for t in threading.enumerate() if t.name.startswith("daskflow publisher")]


class Recorder:
    """The server in a process of its own."""

    def __init__(self, port: str = "0") -> None:
        self._process = subprocess.Popen(
            [PYTHON, str(RECORDER), port], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self.port = self._process.stdout.readline().split()[1]

    def wait_for_pictures(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith("pictures")

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_server_that_is_killed_and_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    if not has_server():
        pytest.skip("gst-rtsp-server is not installed for the system's python")
    server = Recorder()
    node = RtspRestreamer(f"rtsp://user:geheim@127.0.0.1:{server.port}/gate", restart_wait_s=0.1)
    node.open()
    over = threading.Event()

    def feed() -> None:
        number = 0
        while not over.wait(0.02):
            node.consume(picture(number, width=63), context())
            number += 1

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        server.wait_for_pictures()
        server.kill()
        until(lambda: "ffmpeg ended" in caplog.text)
        server = Recorder(server.port)
        server.wait_for_pictures()
    finally:
        over.set()
        feeder.join()
        node.close()
        server.kill()
    assert "geheim" not in caplog.text
    assert "user:***@127.0.0.1" in caplog.text


def test_one_that_takes_nothing_is_killed_and_never_blocks_the_flow(tmp_path: Path, caplog: Any) -> None:
    fake = program(tmp_path / "ffmpeg", f"echo $$ >> {tmp_path}/pids; exec sleep 60")
    node = RtspRestreamer("rtsp://h/gate", ffmpeg=fake, write_timeout_s=0.1, restart_wait_s=0.05)
    node.open()
    large = np.zeros((480, 640, 3), np.uint8)

    def seen_twice() -> bool:
        node.consume(large, context())
        return caplog.text.count("took nothing for 0.1 s") >= 2

    until(seen_twice)
    assert node._publisher is not None
    assert node._publisher.dropped > 10
    node.close()
    node.close()
    assert not [pid for pid in (tmp_path / "pids").read_text().split() if is_running(int(pid))]


@pytest.mark.parametrize("does", ["sleep 60; true", "sleep 60 & exit"])
def test_nothing_is_left_of_a_script_that_calls_ffmpeg(
    tmp_path: Path, does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daskflow.consumers.publishing._END_S", 0.05)
    fake = program(tmp_path / "ffmpeg", f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; {does}")
    node = RtspRestreamer("rtsp://h/gate", ffmpeg=fake, write_timeout_s=0.05)
    node.open()
    node.consume(np.zeros((480, 640, 3), np.uint8), context())
    until((tmp_path / "pid").exists)
    group = int((tmp_path / "pid").read_text())
    assert group != os.getpgrp()  # Ctrl-C in a terminal does not reach it
    begin_s = time.monotonic()
    node.close()
    assert time.monotonic() - begin_s < 5
    until(lambda: not in_group(group))


def test_waits_grow_and_what_ffmpeg_said_is_logged_without_secrets(tmp_path: Path, caplog: Any) -> None:
    fake = program(tmp_path / "ffmpeg", "echo cannot reach rtsp://me:geheim@h/gate >&2; exit 3")
    node = RtspRestreamer("rtsp://me:geheim@h/gate", ffmpeg=fake, restart_wait_s=0.02)
    node.open()
    node.consume(picture(), context())
    with caplog.at_level(logging.INFO):
        until(lambda: len(caplog.messages) >= 3)
    node.close()
    assert [message.rpartition(" in ")[2] for message in caplog.messages[:3]] == [
        "0.02 s",
        "0.04 s",
        "0.08 s",
    ]
    assert "cannot reach rtsp://me:***@h/gate" in caplog.text
    assert "geheim" not in caplog.text


@pytest.mark.parametrize(
    "does",
    [
        "cat > /dev/null",
        pytest.param(
            "sleep 60", marks=pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv here")
        ),
    ],
)
def test_nothing_is_left_of_a_killed_worker(tmp_path: Path, does: str) -> None:
    fake = program(
        tmp_path / "ffmpeg", f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; exec {does}"
    )
    code = (
        "import numpy, time\n"
        "from daskflow.consumers import RtspRestreamer\n"
        "from daskflow.core.context import Context\n"
        f"node = RtspRestreamer('rtsp://h/gate', ffmpeg={str(fake)!r})\n"
        "node.open()\n"
        "node.consume(numpy.zeros((48, 64, 3), 'uint8'), Context('flow', 'run', 'node'))\n"
        "time.sleep(60)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", code])
    until((tmp_path / "pid").exists)
    pid = int((tmp_path / "pid").read_text())
    assert is_running(pid)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    until(lambda: not is_running(pid), 5)


def test_other_sizes_and_grey_are_made_to_fit(tmp_path: Path) -> None:
    fake = program(tmp_path / "ffmpeg", f"cat > {tmp_path}/raw")
    node = RtspRestreamer("rtsp://h/gate", ffmpeg=fake)
    node.open()
    frames = [picture(), picture()[..., 1], picture(width=128, height=96)]
    for number, frame in enumerate(frames, 1):
        node.consume(frame, context())
        until(partial(holds, tmp_path / "raw", number * picture().nbytes))
    node.close()
    raw = np.fromfile(tmp_path / "raw", np.uint8).reshape(3, 48, 64, 3)
    assert np.array_equal(raw[0], picture())
    assert np.array_equal(raw[1], np.repeat(picture()[..., 1:2], 3, axis=2))


def test_no_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(FileNotFoundError, match="needs the program ffmpeg, which is not there: install"):
        RtspRestreamer("rtsp://h/gate").open()


@pytest.mark.parametrize(
    ("url", "options", "words"),
    [
        ("http://me:geheim@h/gate", {}, r"url begins with rtsp.*me:\*\*\*@h"),
        ("rtsp://h/gate", {"fps": 0}, "fps is greater than 0"),
        ("rtsp://h/gate", {"crf": 52}, "crf of h264"),
        ("rtsp://h/gate", {"restart_wait_s": 0}, "restart_wait_s and"),
    ],
)
def test_arguments(url: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RtspRestreamer(url, **options)

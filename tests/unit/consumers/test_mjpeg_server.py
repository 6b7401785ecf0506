from __future__ import annotations

import logging
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any

import cv2
import numpy as np
import pytest

from daskflow.consumers import MjpegServer
from tests.unit.media import context, picture


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[MjpegServer]:
    node = MjpegServer(max_viewers=getattr(request, "param", 2))
    node.open(context())
    yield node
    node.close()
    assert not [t.name for t in threading.enumerate() if t.name.startswith(("daskflow", "Thread-"))]


def get(server: MjpegServer, path: str = "", host: str | None = None) -> HTTPResponse:
    request = urllib.request.Request(f"{server.url}{path}", headers={"Host": host} if host else {})
    return urllib.request.urlopen(request, timeout=5)  # type: ignore[no-any-return]


def next_picture(stream: HTTPResponse) -> Any:
    assert stream.readline() == b"--frame\r\n"
    assert stream.readline() == b"Content-Type: image/jpeg\r\n"
    length = int(stream.readline().split(b":")[1])
    stream.readline()
    data = stream.read(length)
    stream.readline()
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def test_page_picture_and_stream(server: MjpegServer) -> None:
    server.consume(picture(1))
    with get(server) as page:
        assert b'<img src="stream.mjpg"' in page.read()
    with get(server, "frame.jpg") as shot:
        seen = cv2.imdecode(np.frombuffer(shot.read(), np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(seen.astype(int) - picture(1)).mean() < 6
    with get(server, "stream.mjpg") as stream:
        assert np.abs(next_picture(stream).astype(int) - picture(1)).mean() < 6
        server.consume(picture(2)[..., 0])
        server.consume(picture(9))
        last = next_picture(stream)
        while np.abs(last.astype(int) - picture(9)).mean() > 6:
            last = next_picture(stream)


def test_a_viewer_that_takes_nothing_does_not_stop_the_flow(server: MjpegServer) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    with socket.create_connection(("127.0.0.1", int((server.url or "").rsplit(":")[-1][:-1]))) as viewer:
        viewer.sendall(b"GET /stream.mjpg HTTP/1.0\r\nHost: localhost\r\n\r\n")
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            server.consume(noise)
        server.close()
        assert time.monotonic() < until + 2  # though its thread waited to send
    assert not [t.name for t in threading.enumerate() if "process_request" in t.name]


def test_viewers_are_limited(server: MjpegServer) -> None:
    server.consume(picture())
    with get(server, "stream.mjpg") as one, get(server, "stream.mjpg") as two:
        next_picture(one), next_picture(two)
        with pytest.raises(urllib.error.HTTPError, match="503"):
            get(server)


@pytest.mark.parametrize("server", [8], indirect=True)  # who has just gone may still count
def test_other_paths_and_other_names_of_this_machine(server: MjpegServer) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(server, "../etc/passwd")
    for host in ("evil.example", "evil.example:8080", "localhost.evil.example"):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            get(server, host=host)
    for host in ("localhost", "127.0.0.1:9000", "LOCALHOST:9000"):  # as through an SSH tunnel
        with get(server, host=host) as page:
            assert page.status == 200


@pytest.mark.parametrize("host", ["localhost", "::1"])
def test_other_addresses_of_this_machine(host: str) -> None:
    node = MjpegServer(host=host)
    try:
        node.open(context())
    except OSError as error:
        pytest.skip(str(error))
    node.consume(picture())
    with get(node, "frame.jpg") as shot:
        assert shot.status == 200
    with pytest.raises(urllib.error.HTTPError, match="403"):
        get(node, host="evil.example")
    node.close()


def test_nobody_watches(caplog: pytest.LogCaptureFixture) -> None:
    node = MjpegServer(name="screen")
    with caplog.at_level(logging.WARNING):
        node.open(context())
    assert caplog.messages == [f"screen: watch at {node.url}"]
    node.consume(picture())
    assert node._server is not None
    assert node._server.newest._jpeg == (0, b"")
    other = MjpegServer(node._server.server_port, name="other")
    with pytest.raises(OSError, match=r"other cannot listen at 127\.0\.0\.1:"):
        other.open(context())
    other.close()
    node.close()
    node.close()


@pytest.mark.parametrize("options", [{"port": -1}, {"quality": 0}, {"max_viewers": 0}])
def test_arguments(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        MjpegServer(**options)

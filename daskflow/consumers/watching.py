"""The newest frame of a flow, for whoever watches it in a browser."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

import cv2
import numpy as np

from daskflow.core.frame import Frame

_BOUNDARY = "frame"
_SEND_TIMEOUT_S = 5.0
_LONGEST_SILENCE_S = 1.0  # then a viewer is looked after, though no frame came
_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
_PAGE = b"""<!doctype html><html><head><title>daskflow</title><style>
body{margin:0;background:#222}img{display:block;margin:auto;max-width:100vw;max-height:100vh}
</style></head><body><img src="stream.mjpg" alt="the newest frame"></body></html>"""


class NewestFrame:
    """The newest frame and, once somebody asks, its JPEG.

    Parameters
    ----------
    quality : int
        Of JPEG, 1 to 100.
    """

    def __init__(self, quality: int) -> None:
        self._quality = quality
        self._changed = threading.Condition()
        self._encoding = threading.Lock()
        self._frame: Frame | None = None
        self._number = 0
        self._jpeg: tuple[int, bytes] = (0, b"")
        self._is_over = False

    def put(self, frame: Frame) -> None:
        """Take the place of the frame before; does not block on viewers."""
        with self._changed:
            self._frame = frame
            self._number += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Let all who wait go."""
        with self._changed:
            self._frame, self._is_over = None, True
            self._changed.notify_all()

    @property
    def is_over(self) -> bool:
        """Whether there will be no other frame."""
        return self._is_over

    def after(self, number: int, timeout_s: float) -> tuple[int, bytes] | None:
        """A frame newer than `number`, as its own number and a JPEG; None if there is none in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._number > number or self._is_over, timeout_s)
            frame, newest = self._frame, self._number
        if frame is None or newest <= number:
            return None
        with self._encoding:  # one of the viewers' threads does it, for all
            if self._jpeg[0] < newest:
                options = [cv2.IMWRITE_JPEG_QUALITY, self._quality]
                _, data = cv2.imencode(".jpg", np.ascontiguousarray(frame), options)
                self._jpeg = newest, data.tobytes()
            return self._jpeg


class WatchServer(ThreadingHTTPServer):
    """Serves a page, and the frames as an endless JPEG stream, one thread for each viewer.

    Parameters
    ----------
    host, port
        Where it listens.
    newest : NewestFrame
        What it shows.
    max_viewers : int
        How many connections there are at a time; further ones are closed at once.
    """

    daemon_threads = False  # only so does server_close wait for them

    def __init__(self, host: str, port: int, newest: NewestFrame, max_viewers: int) -> None:
        self.newest = newest
        self._room = threading.BoundedSemaphore(max_viewers)
        self._connections: dict[int, socket.socket] = {}
        self._connecting = threading.Lock()
        self.is_local = host in _LOOPBACK or host == "::1"
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Take the address, without HTTPServer's question to DNS what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a connection in a thread of its own, if there is room."""
        if not self._room.acquire(blocking=False):
            with contextlib.suppress(OSError):
                request.sendall(b"HTTP/1.0 503 Too many viewers\r\n\r\n")
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle a connection, and give its room back."""
        with self._connecting:
            self._connections[id(request)] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        with self._connecting:
            self._connections.pop(id(request), None)
            super().shutdown_request(request)

    def end(self) -> None:
        """Stop listening, cut all connections and wait for their threads."""
        self.newest.end()
        self.shutdown()
        with self._connecting:
            for connection in self._connections.values():
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for a slow viewer
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A viewer that went away is no matter for the log."""


class _Handler(BaseHTTPRequestHandler):
    server: WatchServer
    timeout = _SEND_TIMEOUT_S  # of each send and receive: a viewer that takes nothing is let go

    def do_GET(self) -> None:
        # A page elsewhere that has its own name resolved to this machine would read the frames.
        # Its port may be another than ours: that of an SSH tunnel, for example.
        host = re.sub(r":\d+$", "", (self.headers.get("Host") or "").lower())
        if self.server.is_local and host not in _LOOPBACK:
            self.send_error(403)
        elif self.path == "/":
            self._send("text/html; charset=utf-8", _PAGE)
        elif self.path == "/stream.mjpg":
            self._stream()
        elif self.path == "/frame.jpg":
            newest = self.server.newest.after(0, _LONGEST_SILENCE_S)
            if newest is None:
                self.send_error(503, "No frame yet")
            else:
                self._send("image/jpeg", newest[1])
        else:
            self.send_error(404)

    def _send(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        number = 0
        last = b""
        while not self.server.newest.is_over:
            newest = self.server.newest.after(number, _LONGEST_SILENCE_S)
            if newest is not None:
                number, last = newest
            if last:  # again where none came: only so is it noticed that a viewer has gone
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(last)}\r\n\r\n"
                self.wfile.write(head.encode() + last + b"\r\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged."""

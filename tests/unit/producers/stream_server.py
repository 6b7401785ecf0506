"""A camera of our own: HTTP on the loopback interface, Motion JPEG, picture by picture as the test says."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading

import av
import numpy as np

from tests.unit.media import Picture

PATIENCE_S = 20.0
BOUNDARY = b"--picture"


def jpeg(image: Picture) -> bytes:
    """A picture as one JPEG, with the value of its first pixel the same in all."""
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = image.shape[1], image.shape[0]
    encoder.pix_fmt = "yuvj420p"
    frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(format="yuvj420p", threads=1)
    (packet,) = [*encoder.encode(frame), *encoder.encode(None)]
    return bytes(packet)


def grey(value: int, width: int = 64, height: int = 48) -> Picture:
    return np.full((height, width, 3), value, np.uint8)


class Camera:
    """Serves one connection at a time.

    Parameters
    ----------
    port : int
        Where to listen; 0 takes a free one.
    first : int
        So many pictures, of the value 100, are sent on each connection at once, for FFmpeg to look at.
    """

    def __init__(self, port: int = 0, *, first: int = 30, status: str = "200 OK") -> None:
        self.connected: queue.SimpleQueue[bytes] = queue.SimpleQueue()  # what was asked, once it is answered
        self._first, self._status = first, status
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._connection: socket.socket | None = None
        self._has_greeted = threading.Event()  # all that a new connection is sent at once is on its way
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def url(self, user: str = "", path: str = "live") -> str:
        return f"http://{user}127.0.0.1:{self.port}/{path}"

    def show(self, image: Picture, count: int = 1) -> None:
        self.send(_part(image) * count)

    def send(self, data: bytes) -> None:
        assert self._has_greeted.wait(PATIENCE_S)
        assert self._connection is not None
        self._connection.sendall(data)

    def cut(self) -> None:
        """Break the connection."""
        assert self._has_greeted.wait(PATIENCE_S)
        connection, self._connection = self._connection, None
        assert connection is not None
        with contextlib.suppress(OSError):  # the reader may have gone
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def close(self) -> None:
        """Switch the camera off, if it is on."""
        if not self._thread.is_alive():
            return
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE_S)
        self._listener.close()
        if self._connection is not None:
            self.cut()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._has_greeted.clear()
            earlier, self._connection = self._connection, None
            if earlier is not None:
                earlier.close()
            header = (
                f"HTTP/1.1 {self._status}\r\nContent-Type: multipart/x-mixed-replace;boundary=picture\r\n\r\n"
            )
            asked = b""
            with contextlib.suppress(OSError):  # a reader that is closing has gone
                asked = connection.recv(1 << 16)
                connection.sendall(header.encode() + _part(grey(100)) * self._first)
            self._connection = connection
            self._has_greeted.set()
            self.connected.put(asked)


def _part(image: Picture) -> bytes:
    data = jpeg(image)
    return b"%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (BOUNDARY, len(data), data)

"""A flow to watch in any browser."""

from __future__ import annotations

import threading
from typing import Any

from daskflow.consumers.watching import NewestFrame, WatchServer
from daskflow.core.arguments import check_whole_numbers
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ConsumerNode


class MjpegServer(ConsumerNode):
    """Shows the newest frame to whoever opens its address in a browser, as a JPEG stream over HTTP.

    Parameters
    ----------
    port : int, default 0
        Where it listens; 0 takes a free one. The log (a warning, so that it is seen) says the address.
    host : str, default "127.0.0.1"
        By default only this machine can watch, and who has an SSH tunnel to it. ``"0.0.0.0"`` shows it to the
        whole network: there is no password and no encryption.
    quality : int, default 80
        Of JPEG, 1 to 100.
    max_viewers : int, default 8
        Connections at a time; further ones are refused.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size.

    Raises
    ------
    TypeError, ValueError
        A number is not whole, or out of its range.

    Notes
    -----
    ``/`` is a page, ``/stream.mjpg`` the stream and ``/frame.jpg`` one picture. Each viewer gets the newest
    frame when it has taken the one before, so a slow one sees fewer; one that takes more than 5 s for a
    picture is let go. The flow never waits for a viewer. Frames are encoded in the viewers' threads, once for
    all, and not at all while nobody watches. The node holds the newest frame, and those being encoded. With
    the flow the server ends.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        quality: int = 80,
        max_viewers: int = 8,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        check_whole_numbers(port=port, quality=quality, max_viewers=max_viewers)
        if not 0 <= port <= 65_535:
            raise ValueError(f"port is from 0 to 65535, got {port}")
        if not 1 <= quality <= 100:
            raise ValueError(f"quality is from 1 to 100, got {quality}")
        if max_viewers < 1:
            raise ValueError(f"max_viewers is at least 1, got {max_viewers}")
        self._address = host, port
        self._quality, self._max_viewers = quality, max_viewers
        self._server: WatchServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str | None:
        """The address of the page, in the worker while the server runs; else None."""
        if self._server is None:
            return None
        host = self._address[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{self._server.server_port}/"

    def open(self, ctx: Context) -> None:
        """Start the server; runs in the consumer's worker.

        Raises
        ------
        OSError
            The port is taken, or the host is not one of this machine's addresses.
        """
        newest = NewestFrame(self._quality)
        try:
            self._server = WatchServer(*self._address, newest, self._max_viewers)
        except OSError as error:
            raise OSError(
                error.errno,
                f"{self!r} cannot listen at {self._address[0]}:{self._address[1]}: {error.strerror}",
            ) from error
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.1,), name="daskflow mjpeg", daemon=True)
        self._thread.start()
        ctx.logger.warning("%s: watch at %s", self, self.url)

    def consume(self, frame: Frame) -> None:
        """Show a frame; runs in the consumer's worker and does not block.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey).

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array.
        """
        assert self._server is not None
        self._server.newest.put(checked_frame(frame, self, grey=True))

    def close(self) -> None:
        """End the server and its connections, in the worker; blocks until they end, for 5 s at most."""
        server, thread, self._server, self._thread = self._server, self._thread, None, None
        if server is None or thread is None:
            return
        server.end()
        thread.join()

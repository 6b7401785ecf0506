"""Cameras and streams as a source of frames."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from daskflow.core.arguments import optional_whole
from daskflow.core.context import Context
from daskflow.core.node import ProducerNode
from daskflow.core.secrets import masked
from daskflow.producers.arguments import checked_seconds
from daskflow.producers.connection import Connection
from daskflow.producers.formats import checked_format
from daskflow.producers.newest import NewestFrames, check_live

_NAME_SERVICE_S = 5.0  # what finding a name may take, which FFmpeg does not watch


class VideoUrlReader(ProducerNode):
    """Gives the newest frame of a camera or stream: RTSP, RTMP, HTTP, UDP, whatever FFmpeg reads by address.

    A thread in the worker reads and decodes all the time. A flow that is slower than the stream is given the
    newest frame each time, and told how many it missed. A stream that breaks off is connected anew.

    Parameters
    ----------
    url : str
        The address, such as ``"rtsp://user:password@192.168.1.20:554/stream1"``. Password and tokens in it
        are masked in messages, metadata and logs. A path without ``://`` is for `VideofileReader`.
    name : str, optional
        Unique in the flow.
    open_timeout_s : float, default 10
        How long the other side may be silent while it is connected.
    read_timeout_s : float, default 5
        The same later: then the stream counts as lost.
    reconnects : int, optional
        How many attempts in a row to connect a lost stream anew may fail before the flow does; 0 makes the
        loss itself an error. By default they go on for ever.
    reconnect_wait_s : float, default 0.5
        Before the first attempt. It doubles with each, up to 30 s.
    max_frames : int, optional
        Stop after so many frames.
    format : {"bgr24", "rgb24", "gray"}, default "bgr24"
        What a frame is. daskflow's own nodes take the first, and most of them the last.
    decoder_threads : int, optional
        Threads of the decoder, instead of as many as the plan gives the task (`cpu_threads`).
    ffmpeg_options : mapping of str to str, optional
        Options of FFmpeg's protocols and formats. RTSP goes over TCP, unless ``rtsp_transport`` says
        otherwise.
    **options
        As for `Node`: queue_size, nb_tasks, cpu_threads.

    Raises
    ------
    TypeError, ValueError
        `url` is no address, or another argument is of another type or out of its range.

    Notes
    -----
    With each frame goes this metadata:

    ================ ========= ============================================================================
    ``source``       str       the address, masked
    ``index``        int       how many frames came before it, given or not, damaged ones included
    ``gap``          int       how many of them came since the last frame that was given; 0 if none
    ``reconnects``   int       how often the stream was connected anew so far
    ``event_time``   float     when it was taken, in seconds since the epoch: its time stamp, counted from
                               the arrival of the first frame of the connection
    ``capture_time`` float     when it came, in seconds since the epoch
    ``pts``          int       its time stamp, in units of ``time_base``; left out where there is none
    ``time_base``    Fraction  seconds per unit of ``pts``; likewise
    ``frame_rate``   Fraction  frames per second, where the stream says
    ================ ========= ============================================================================

    While no frame comes, the node gives `SKIP` once a second, so that the flow can be stopped.

    A recording at an address, which has an end, is played at its own pace. It is not connected anew: one that
    breaks off is an error.
    """

    is_live = True

    def __init__(
        self,
        url: str,
        name: str | None = None,
        *,
        open_timeout_s: float = 10.0,
        read_timeout_s: float = 5.0,
        reconnects: int | None = None,
        reconnect_wait_s: float = 0.5,
        max_frames: int | None = None,
        format: str = "bgr24",
        decoder_threads: int | None = None,
        ffmpeg_options: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(masked(name) if isinstance(name, str) else name, **options)
        if not isinstance(url, str):
            raise TypeError(f"url is an address such as rtsp://camera/1, got {url!r}")
        self._address = masked(url)
        if "://" not in url or "\0" in url:
            raise ValueError(f"url is an address such as rtsp://camera/1, got {self._address!r}; "
                             "VideofileReader reads files")  # fmt: skip
        check_live(reconnects, reconnect_wait_s, max_frames)
        self._url = url
        self._open_timeout_s = checked_seconds("open_timeout_s", open_timeout_s)
        self._read_timeout_s = checked_seconds("read_timeout_s", read_timeout_s)
        self._reconnects = reconnects
        self._reconnect_wait_s = reconnect_wait_s
        self._max_frames = max_frames
        self._decoder_threads = optional_whole("decoder_threads", decoder_threads, least=1)
        self._ffmpeg_options = {name: str(value) for name, value in (ffmpeg_options or {}).items()}
        self._format = checked_format(format)
        self._newest: NewestFrames | None = None

    def open(self, ctx: Context) -> None:
        """Connect; runs in the producer's worker, and blocks until that is done or has failed.

        Raises
        ------
        TimeoutError
            Nobody answers at the address.
        ConnectionError
            The connection is refused.
        ValueError
            There is no video.
        """
        is_rtsp = self._url.lower().startswith("rtsp")
        connect = partial(
            Connection,
            self._url,
            options={**({"rtsp_transport": "tcp"} if is_rtsp else {}), **self._ffmpeg_options},
            open_timeout_s=self._open_timeout_s,
            read_timeout_s=self._read_timeout_s,
            threads=self._decoder_threads or ctx.cpu_threads,
            logger=ctx.logger,
        )
        self._newest = NewestFrames(
            connect,
            address=self._address,
            reconnects=self._reconnects,
            first_wait_s=self._reconnect_wait_s,
            max_frames=self._max_frames,
            format=self._format,
            ctx=ctx,
        )
        self._newest.start(2 * self._open_timeout_s + _NAME_SERVICE_S)

    def next(self, ctx: Context) -> Any:
        """Give the newest frame; runs in the producer's worker, and blocks until there is one.

        Returns
        -------
        numpy.ndarray or SKIP
            uint8, height × width × 3 in the order that `format` says, or height × width; C-contiguous. The
            size may change from one frame to the next. `SKIP` if none came for a second.

        Raises
        ------
        StopIteration
            `max_frames` were given, or a recording is at its end.
        ConnectionError
            The stream was lost and did not come back in `reconnects` attempts, or a recording broke off.
        """
        assert self._newest is not None
        return self._newest.next(ctx)

    def close(self, ctx: Context) -> None:
        """End the thread and the connection; runs in the producer's worker.

        Blocks for 2 s at most: a thread that hangs in the network ends by its time-out.
        """
        newest, self._newest = self._newest, None
        if newest is not None:
            newest.close()

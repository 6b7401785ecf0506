"""Cameras that are attached to the machine as a source of frames."""

from __future__ import annotations

import os
import re
import stat
from functools import partial
from typing import Any

from daskflow.core.arguments import number, optional_whole
from daskflow.core.context import Context
from daskflow.core.node import ProducerNode
from daskflow.producers.arguments import checked_seconds
from daskflow.producers.connection import Connection
from daskflow.producers.formats import checked_format
from daskflow.producers.newest import NewestFrames, check_live

_FOLDER = "/dev"


class VideoDeviceReader(ProducerNode):
    """Gives the newest frame of a camera that is attached to the machine, such as a webcam, by Linux's V4L2.

    As with `VideoUrlReader`, a thread in the worker reads all the time, a flow that is slower is given the
    newest frame each time, and a camera that was unplugged is opened anew when it is back.

    Parameters
    ----------
    device : int, str or os.PathLike, default 0
        The camera: 0 for ``/dev/video0``, or a path such as those in ``/dev/v4l/by-id``, which stay the same
        when another one is plugged in.
    name : str, optional
        Unique in the flow.
    width, height : int, optional
        Size that is asked of the camera, both or neither. It gives the nearest that it has: look at the
        frames.
    fps : float, optional
        Frames per second that are asked of the camera; likewise.
    pixel_format : str, optional
        What the camera is asked to send, such as ``"mjpeg"`` or ``"yuyv422"``. Many cameras have their large
        sizes at full rate in ``"mjpeg"`` only.
    open_timeout_s : float, default 10
        How long it may take to open the camera.
    reconnects : int, optional
        How many attempts in a row to open a lost camera anew may fail before the flow does; 0 makes the
        loss itself an error. By default they go on for ever.
    reconnect_wait_s : float, default 0.5
        Before the first attempt. It doubles with each, up to 30 s.
    max_frames : int, optional
        Stop after so many frames.
    format : {"bgr24", "rgb24", "gray"}, default "bgr24"
        What a frame is.
    decoder_threads : int, optional
        Threads of the decoder, instead of as many as the plan gives the task (`cpu_threads`).
    **options
        As for `Node`: queue_size, nb_tasks, cpu_threads.

    Notes
    -----
    With each frame goes the metadata that `VideoUrlReader` lists; ``source`` is the path of the device. While
    no frame comes, the node gives `SKIP` once a second, so that the flow can be stopped.

    Raises
    ------
    TypeError, ValueError
        An argument is not what it should be.
    """

    is_live = True

    def __init__(
        self,
        device: int | str | os.PathLike[str] = 0,
        name: str | None = None,
        *,
        width: int | None = None,
        height: int | None = None,
        fps: float | None = None,
        pixel_format: str | None = None,
        open_timeout_s: float = 10.0,
        reconnects: int | None = None,
        reconnect_wait_s: float = 0.5,
        max_frames: int | None = None,
        format: str = "bgr24",
        decoder_threads: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self._path = _path_of(device)
        if (width is None) != (height is None):
            raise ValueError("width and height are asked for together: give both, or neither")
        for what, value in (("width", width), ("height", height)):
            optional_whole(what, value, least=1)
        if fps is not None and not number("fps", fps) > 0:
            raise ValueError(f"fps is above 0, got {fps}")
        check_live(reconnects, reconnect_wait_s, max_frames)
        self._wishes = {
            name: str(value)
            for name, value in (
                ("video_size", None if width is None else f"{width}x{height}"),
                ("framerate", fps),
                ("input_format", pixel_format),
            )
            if value is not None
        }
        self._open_timeout_s = checked_seconds("open_timeout_s", open_timeout_s)
        self._reconnects = reconnects
        self._reconnect_wait_s = reconnect_wait_s
        self._max_frames = max_frames
        self._format = checked_format(format)
        self._decoder_threads = optional_whole("decoder_threads", decoder_threads, least=1)
        self._newest: NewestFrames | None = None

    def open(self, ctx: Context) -> None:
        """Open the camera; runs in the producer's worker, and blocks until that is done or has failed.

        Raises
        ------
        FileNotFoundError
            There is no such device; the message says which there are.
        PermissionError
            This user may not read it.
        ValueError
            It is no device, or no camera.
        ConnectionError
            It is in use, or refuses what was asked of it.
        TimeoutError
            It does not answer.
        """
        self._newest = NewestFrames(
            partial(
                _connection,
                self._path,
                options=self._wishes,
                open_timeout_s=self._open_timeout_s,
                threads=self._decoder_threads or ctx.cpu_threads,
                logger=ctx.logger,
            ),
            address=self._path,
            reconnects=self._reconnects,
            first_wait_s=self._reconnect_wait_s,
            max_frames=self._max_frames,
            format=self._format,
            ctx=ctx,
        )
        self._newest.start(self._open_timeout_s)

    def next(self, ctx: Context) -> Any:
        """Give the newest frame; runs in the producer's worker, and blocks until there is one.

        Returns
        -------
        numpy.ndarray or SKIP
            uint8, height × width × 3 in the order that `format` says, or height × width; C-contiguous.
            `SKIP` if none came for a second.

        Raises
        ------
        StopIteration
            `max_frames` were given.
        ConnectionError
            The camera was lost and did not come back in `reconnects` attempts.
        """
        assert self._newest is not None
        return self._newest.next(ctx)

    def close(self) -> None:
        """End the thread and release the camera; runs in the producer's worker. Blocks for 2 s at most."""
        newest, self._newest = self._newest, None
        if newest is not None:
            newest.close()


def _path_of(device: int | str | os.PathLike[str]) -> str:
    if isinstance(device, bool) or not isinstance(device, (int, str, os.PathLike)):
        raise TypeError(f"device is a number or a path such as /dev/video0, got {device!r}")
    if isinstance(device, int):
        if device < 0:
            raise ValueError(f"device is a number from 0, or a path; got {device}")
        return f"{_FOLDER}/video{device}"
    path = os.fspath(device)
    if "://" in path or not path:
        raise ValueError(f"device is a number or a path such as /dev/video0, got {path!r}; "
                         "VideoUrlReader reads addresses")  # fmt: skip
    return f"{_FOLDER}/video{path}" if path.isdecimal() else os.path.abspath(path)


def _connection(path: str, **how: Any) -> Connection:
    """The open camera; the errors say what can be done, which FFmpeg's do not."""
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no camera {path}: check that it is plugged in; {_those_there()}")
    if not stat.S_ISCHR(os.stat(path).st_mode):
        raise ValueError(f"{path} is no device: VideofileReader reads files; {_those_there()}")
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(f"the camera {path} may not be used by this user: is it in the group 'video'?")
    return Connection(
        path,
        read_timeout_s=how["open_timeout_s"],
        container_format="v4l2",
        advice="check that it is a camera, has what was asked of it, and is not in use by another program",
        **how,
    )


def _those_there() -> str:
    names = [name for name in os.listdir(_FOLDER) if re.fullmatch(r"video\d+", name)]
    if not names:
        return "this machine has none"
    return "there are " + ", ".join(f"{_FOLDER}/{name}" for name in sorted(names, key=lambda n: int(n[5:])))

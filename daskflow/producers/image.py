"""Single images as a source of frames."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from daskflow.core.arguments import optional_whole
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ProducerNode
from daskflow.core.secrets import masked
from daskflow.producers.formats import checked_format
from daskflow.producers.stills import StillClock, read_image

Image = str | os.PathLike[str] | Frame
"""A file's path, or a frame."""


class ImageProducer(ProducerNode):
    """Gives one image, or a list of them, once or several times.

    Parameters
    ----------
    images : str, os.PathLike, numpy.ndarray, or a sequence of them
        Files, or frames: uint8, height × width × 3 or height × width, given as they are. A relative path is
        taken from the directory in which the node is constructed. The frames are copied, and travel with
        the node to its worker: for many images there is `ImageFolderReader`.
    name : str, optional
        Unique in the flow.
    repeat : int, optional
        How often all of them are given; None for ever. Once by default.
    fps : float, default 25
        Images per second, for the times in the metadata. Nothing waits for them.
    format : {"bgr24", "rgb24", "gray"}, default "bgr24"
        What a frame out of a file is.
    **options
        As for `Node`: queue_size, nb_tasks.

    Notes
    -----
    Files are read as `ImageFolderReader` does. With each frame goes this metadata:

    ================ ========= ============================================================================
    ``source``       str       absolute path of the file, or ``"image 3"`` for a frame at place 3 of the list
    ``index``        int       how many images were given before
    ``pts``          int       the same, in units of ``time_base``
    ``time_base``    Fraction  ``1 / fps`` seconds
    ``event_time``   float     ``index / fps`` seconds
    ``capture_time`` float     when it was given, in seconds since the epoch
    ``frame_rate``   Fraction  `fps`
    ================ ========= ============================================================================

    Raises
    ------
    TypeError, ValueError
        `images` is something else, or empty.
    """

    def __init__(
        self,
        images: Image | Sequence[Image],
        name: str | None = None,
        *,
        repeat: int | None = 1,
        fps: float = 25.0,
        format: str = "bgr24",
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        if isinstance(images, (str, os.PathLike, np.ndarray)):
            images = [images]
        if not isinstance(images, Sequence):
            raise TypeError(f"images is a path, a frame, or a list of them; got a {type(images).__name__}")
        if not images:
            raise ValueError("images is an empty list: give one image at least")
        repeat = optional_whole("repeat", repeat, least=0)
        self._images = [self._checked(image) for image in images]
        self._clock = StillClock(fps)
        self._format = checked_format(format)
        self.length = None if repeat is None else repeat * len(self._images)
        self._next = 0
        self._last: tuple[str, Frame] | None = None

    def _checked(self, image: Image) -> str | Frame:
        if isinstance(image, np.ndarray):
            frame = checked_frame(image, self, grey=True).copy()
            frame.flags.writeable = False
            return frame
        try:
            path = os.fspath(image)
        except TypeError:
            raise TypeError(f"an image is a path or a frame, got a {type(image).__name__}") from None
        if "://" in path:
            raise ValueError(f"{masked(path)} is an address and no file: VideoUrlReader reads those")
        return os.path.abspath(path)

    def open(self) -> None:
        """Begin; runs in the producer's worker. Files are read when their turn comes."""
        self._next, self._last = 0, None

    def seek(self, sequence: int) -> None:
        """Go on where an earlier process was; runs in the producer's worker, after `open`. Reads nothing.

        Parameters
        ----------
        sequence : int
            How many messages were given before. At or past the end, `next` raises `StopIteration`.
        """
        self._next = sequence

    def next(self, ctx: Context) -> Frame:
        """Give the next image; runs in the producer's worker, and blocks while a file is read.

        A file that was given just before is not read again.

        Returns
        -------
        numpy.ndarray
            uint8, height × width × 3 in the order that `format` says, or height × width; C-contiguous.

        Raises
        ------
        StopIteration
            All were given `repeat` times.
        FileNotFoundError, IsADirectoryError, PermissionError, ValueError
            A file is missing, or no image; the message names it.
        """
        if self.length is not None and self._next >= self.length:
            raise StopIteration
        index, self._next = self._next, self._next + 1
        place = index % len(self._images)
        image = self._images[place]
        if isinstance(image, str):
            source = image
            if self._last is None or self._last[0] != image:
                self._last = image, read_image(image, self._format)
            frame = self._last[1]
        else:
            source, frame = f"image {place}", image
        ctx.metadata.update(self._clock.times(index), source=source, index=index, capture_time=time.time())
        return frame

    def close(self) -> None:
        """Forget the last image; runs in the producer's worker."""
        self._last = None

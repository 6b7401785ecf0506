"""Folders of images as a source of frames."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from typing import Any

from daskflow.core.constants import SKIP
from daskflow.core.context import Context
from daskflow.core.node import ProducerNode
from daskflow.producers.formats import checked_format
from daskflow.producers.listing import IMAGES, checked_choice, checked_patterns, count_or_none, files_in
from daskflow.producers.selection import Selection
from daskflow.producers.stills import StillClock, read_image


class ImageFolderReader(ProducerNode):
    """Gives the images of a folder as frames, in natural order: ``img2.png`` before ``img10.png``.

    Parameters
    ----------
    folder : str or os.PathLike
        The folder. A relative path is taken from the directory in which the node is constructed.
    name : str, optional
        Unique in the flow.
    pattern : str or sequence of str, optional
        Which files are taken, by name, such as ``"cam1_*.jpg"``; capitals do not matter. By default those
        whose names end as images do: avif, bmp, jp2, jpeg, jpg, png, tif, webp and the like. Names that begin
        with a dot are not taken.
    recursive : bool, default False
        Take the images of folders within it too, each folder's after those beside it.
    start, stop, stride, max_frames : int, optional
        Which of them, by position, as for `VideofileReader`.
    fps : float, default 25
        Images per second, for the times in the metadata. Nothing waits for them.
    format : {"bgr24", "rgb24", "gray"}, default "bgr24"
        What a frame is.
    on_bad_file : {"error", "skip"}, default "error"
        What happens with a file that cannot be read: it is an error, or `SKIP` is given in its place, with
        a warning in the log.
    **options
        As for `Node`: queue_size, nb_tasks.

    Notes
    -----
    An image is turned upright as its EXIF data say. Of 16 bits a channel the upper 8 are taken, grey becomes
    three equal channels, and alpha is left out. With each frame goes this metadata:

    ================ ========= ============================================================================
    ``source``       str       absolute path of the file
    ``index``        int       position among the folder's images, from 0
    ``pts``          int       the same, in units of ``time_base``
    ``time_base``    Fraction  ``1 / fps`` seconds
    ``event_time``   float     ``index / fps`` seconds
    ``capture_time`` float     when it was given, in seconds since the epoch
    ``frame_rate``   Fraction  `fps`
    ================ ========= ============================================================================

    The files are listed in `open`. A process that follows a killed one lists them again: it goes on exactly
    where the other was unless files that come before that have gone or been added meanwhile.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        name: str | None = None,
        *,
        pattern: str | Sequence[str] | None = None,
        recursive: bool = False,
        start: int = 0,
        stop: int | None = None,
        stride: int = 1,
        max_frames: int | None = None,
        fps: float = 25.0,
        format: str = "bgr24",
        on_bad_file: str = "error",
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self._folder = os.path.abspath(os.fspath(folder))
        self._patterns = checked_patterns(pattern, IMAGES)
        self._recursive = recursive
        self._selection = Selection(start, stop, stride, max_frames)
        self._clock = StillClock(fps)
        self._format = checked_format(format)
        self._on_bad_file = checked_choice(on_bad_file)
        self._paths: list[str] = []
        self._next = 0

    @property
    def length(self) -> int | None:  # type: ignore[override]  # a plain attribute in the base
        """How many messages there will be: one for each file; None where the folder cannot be listed.

        The folder is listed at each call, in whichever process asks.
        """

        def counts() -> Iterator[int | None]:
            yield self._selection.count_of(len(self._listed()))

        return count_or_none(counts)

    def open(self, ctx: Context) -> None:
        """List the folder; runs in the producer's worker.

        Raises
        ------
        FileNotFoundError
            There is no such folder, or no image in it.
        NotADirectoryError, PermissionError
            It is a file, or this user may not read it.
        """
        self._paths = self._listed()
        ctx.logger.info("%s: %d images", self._folder, len(self._paths))
        self._next = 0

    def seek(self, sequence: int) -> None:
        """Go on where an earlier process was; runs in the producer's worker, after `open`. Reads nothing.

        Parameters
        ----------
        sequence : int
            How many messages were given before. At or past the end, `next` raises `StopIteration`.
        """
        self._next = sequence

    def next(self, ctx: Context) -> Any:
        """Read the next image; runs in the producer's worker, and blocks meanwhile.

        Returns
        -------
        numpy.ndarray or SKIP
            uint8, height × width × 3 in the order that `format` says, or height × width; C-contiguous. Images
            may differ in size. `SKIP` for a file that is passed over.

        Raises
        ------
        StopIteration
            There is none any more.
        FileNotFoundError, IsADirectoryError, PermissionError, ValueError
            A file has gone, or is no image, and `on_bad_file` is ``"error"``; the message names it.
        """
        if self._next >= (self._selection.count_of(len(self._paths)) or 0):
            raise StopIteration
        index = self._selection.start + self._next * self._selection.stride
        self._next += 1
        path = self._paths[index]
        try:
            frame = read_image(path, self._format)
        except (OSError, ValueError) as error:
            if self._on_bad_file == "error":
                raise
            ctx.logger.warning("a file is skipped: %s", error)
            return SKIP
        ctx.metadata.update(self._clock.times(index), source=path, index=index, capture_time=time.time())
        return frame

    def _listed(self) -> list[str]:
        return files_in(self._folder, self._patterns, recursive=self._recursive)

"""A folder of pictures as the end of a flow."""

from __future__ import annotations

import os
from typing import Any

import cv2
import numpy as np

from daskflow.consumers.target import absolute_target, make_folder, write_whole
from daskflow.core.arguments import check_whole_numbers
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ConsumerNode

_QUALITIES = {
    ".jpg": (cv2.IMWRITE_JPEG_QUALITY, 90),
    ".jpeg": (cv2.IMWRITE_JPEG_QUALITY, 90),
    ".webp": (cv2.IMWRITE_WEBP_QUALITY, 80),
    ".png": None,
}


class ImageFolderWriter(ConsumerNode):
    """Writes each frame it gets to a picture of its own.

    Parameters
    ----------
    folder : str or os.PathLike
        Where; made if need be. A relative path is taken from the directory in which the node is constructed.
    pattern : str, default "{index:06d}.jpg"
        The names, ending in ``.jpg``, ``.jpeg``, ``.png`` or ``.webp``. ``{index}`` is ``index`` of the
        metadata, which sources count by, or else the sequence number; ``{sequence}`` is the sequence number.
    quality : int, optional
        Of JPEG, 1 to 100, default 90, and WebP, default 80; more is better and larger. PNG loses nothing.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, on_error.

    Raises
    ------
    TypeError, ValueError
        `pattern` numbers nothing, names a folder, or has no extension that is known; or `quality` is no whole
        number, out of its range, or given for PNG.

    Notes
    -----
    A picture is called ``<name>.part`` until it is complete: whoever watches the folder never sees half of
    one. One that exists is replaced, so a message that is worked on again after a kill does no harm.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        pattern: str = "{index:06d}.jpg",
        quality: int | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self._folder = absolute_target(folder)
        self._pattern = pattern
        extension = os.path.splitext(pattern)[1].lower()
        if extension not in _QUALITIES:
            raise ValueError(f"pattern ends in {', '.join(_QUALITIES)}, got {pattern!r}")
        try:
            first, second = (pattern.format(index=i, sequence=i) for i in (0, 1))
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"pattern may name {{index}} and {{sequence}}, got {pattern!r}") from error
        if first == second or "/" in pattern:
            raise ValueError(f"pattern has {{index}} or {{sequence}} in it and no folder, got {pattern!r}")
        check_whole_numbers(quality=quality)
        usual = _QUALITIES[extension]
        if quality is not None and (usual is None or not 1 <= quality <= 100):
            raise ValueError(f"quality is from 1 to 100, and not for PNG; got {quality} for {pattern!r}")
        self._extension = extension
        self._parameters = () if usual is None else (usual[0], usual[1] if quality is None else quality)

    def open(self) -> None:
        """Make the folder; runs in the consumer's worker.

        Raises
        ------
        OSError
            It cannot be made, or this user may not write there.
        """
        make_folder(self._folder)

    def consume(self, frame: Frame, ctx: Context) -> None:
        """Write a picture; runs in the consumer's worker, and blocks until the system has it.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey).
        ctx : Context
            Its metadata and sequence number name the picture.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, or too large for the format: JPEG ends at 65,500 pixels, WebP at 16,383.
        OSError
            The file cannot be written, as on a full disk.
        """
        frame = checked_frame(frame, self, grey=True)
        sequence = ctx.sequence_number or 0
        name = self._pattern.format(index=ctx.metadata.get("index", sequence), sequence=sequence)
        try:
            done, data = cv2.imencode(self._extension, np.ascontiguousarray(frame), self._parameters)
        except cv2.error as error:
            raise ValueError(
                f"{self!r}: {frame.shape[1]}×{frame.shape[0]} as {self._extension}: {error}"
            ) from error
        if not done:
            raise ValueError(f"{self!r}: {frame.shape[1]}×{frame.shape[0]} cannot be a {self._extension}")
        write_whole(os.path.join(self._folder, name), data.data)

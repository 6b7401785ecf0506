"""Video files as a source of frames."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.core.node import ProducerNode
from daskflow.core.secrets import masked
from daskflow.producers.decoding import VideoDecoder, count_frames


class VideofileReader(ProducerNode):
    """Gives the frames of a video file, in the order in which they are shown.

    Anything that FFmpeg reads will do. A frame that its container says to show rotated, as telephones
    record, is given upright.

    Parameters
    ----------
    video_file : str or os.PathLike
        The file. A relative path is taken from the directory in which the node is constructed.
    name : str, optional
        Unique in the flow.
    max_frames : int, optional
        Stop after so many frames.
    decoder_threads : int, optional
        Threads of the decoder, instead of as many as the plan gives the task (`cpu_threads`). One reads
        768×576 at some 900 frames per second.
    **options
        As for `Node`: queue_size, nb_tasks, cpu_threads.

    Notes
    -----
    With each frame goes this metadata:

    ============== ========= ==============================================================================
    ``source``     str       absolute path of the file
    ``index``      int       position of the frame in the file, from 0
    ``pts``        int       presentation time stamp, in units of ``time_base``
    ``time_base``  Fraction  seconds per unit of ``pts``
    ``event_time`` float     seconds since the start of the recording
    ``frame_rate`` Fraction  the file's average frames per second; left out where the file does not say
    ============== ========= ==============================================================================

    A frame that cannot be decoded is left out, with a warning in the log; the next one's ``index`` counts it.
    Of a damaged file FFmpeg may leave out other frames each time, where it decodes with several threads;
    ``decoder_threads=1`` gives the same frames always, also after `seek`.
    """

    def __init__(
        self,
        video_file: str | os.PathLike[str],
        name: str | None = None,
        *,
        max_frames: int | None = None,
        decoder_threads: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        if "://" in os.fspath(video_file):
            address = masked(os.fspath(video_file))
            raise ValueError(f"{address} is an address and no file: VideoUrlReader reads cameras and streams")
        if max_frames is not None and max_frames < 0:
            raise ValueError(f"max_frames is not negative, got {max_frames}")
        if decoder_threads is not None and decoder_threads < 1:
            raise ValueError(f"decoder_threads is at least 1, got {decoder_threads}")
        self._path = os.path.abspath(os.fspath(video_file))
        self._max_frames = max_frames
        self._decoder_threads = decoder_threads
        self._given = 0
        self._decoder: VideoDecoder | None = None
        self._frames: Iterator[tuple[Frame, dict[str, Any]]] = iter(())

    @property
    def length(self) -> int | None:  # type: ignore[override]  # a plain attribute in the base
        """How many frames there will be, as the file's header says; None where it does not.

        Looked up in the file at each call, in milliseconds, in whichever process asks; None, too, for a file
        that cannot be read. Frames that turn out to be damaged make it too high.
        """
        count = count_frames(self._path)
        if count is None or self._max_frames is None:
            return count
        return min(count, self._max_frames)

    def open(self, ctx: Context) -> None:
        """Open the file; runs in the producer's worker.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        IsADirectoryError, PermissionError
            It is a folder, or this user may not read it.
        ValueError
            It is no video, or it holds no picture.
        """
        self._decoder = VideoDecoder(
            self._path, threads=self._decoder_threads or ctx.cpu_threads, logger=ctx.logger, empty=ctx.empty
        )
        self._frames = iter(self._decoder)
        self._given = 0

    def seek(self, sequence: int) -> None:
        """Go on where an earlier process was; runs in the producer's worker, after `open`.

        The next frame is that with the number `sequence`, with the pixels and the metadata that it has when
        the earlier ones are given. Those are decoded, though not converted, because only the decoder knows
        which frames are damaged and have no number. Blocks meanwhile.

        Parameters
        ----------
        sequence : int
            How many frames were given before. At or past the end, `next` raises `StopIteration`.

        Raises
        ------
        ValueError
            `sequence` is below the number of frames that this process has given, or no frame can be decoded.
        """
        if sequence < self._given:
            raise ValueError(f"{self!r} goes forward only: it is at frame {self._given}, not at {sequence}")
        if self._decoder is not None and (self._max_frames is None or sequence < self._max_frames):
            self._decoder.skip(sequence - self._given)
        self._given = sequence

    def next(self, ctx: Context) -> Frame:
        """Decode the next frame; runs in the producer's worker.

        Returns
        -------
        numpy.ndarray
            uint8, height × width × 3, in the order blue, green, red, C-contiguous.

        Raises
        ------
        StopIteration
            The file or `max_frames` is at its end.
        ValueError
            The end was reached and no frame of the file could be decoded.
        """
        if self._max_frames is not None and self._given >= self._max_frames:
            raise StopIteration
        frame, metadata = next(self._frames)
        self._given += 1
        ctx.metadata.update(metadata)
        return frame

    def close(self) -> None:
        """Close the file; runs in the producer's worker."""
        self._frames = iter(())
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

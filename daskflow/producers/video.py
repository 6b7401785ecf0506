"""Video files as a source of frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from daskflow.core.arguments import optional_whole
from daskflow.core.context import Context
from daskflow.core.node import ProducerNode
from daskflow.core.secrets import masked
from daskflow.producers.decoding import VideoDecoder, count_frames
from daskflow.producers.formats import checked_format
from daskflow.producers.pacing import Timed
from daskflow.producers.pictures import FrameMaker
from daskflow.producers.playback import Playback
from daskflow.producers.selection import Selection


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
    start : int, default 0
        Position in the file of the first frame that is given, from 0.
    stop : int, optional
        Position of the first frame that is not given any more. Together with `stride` it is as in Python's
        slices: ``start=100, stop=200, stride=10`` gives the ten frames 100, 110, …, 190.
    stride : int, default 1
        From one frame that is given to the next; 5 gives every fifth. The others are decoded, since later
        frames build on them, but not converted.
    max_frames : int, optional
        Stop after so many frames.
    realtime : bool, default False
        Give each frame no earlier than when its time stamp says, counted from the first one, so that the file
        comes as from a camera. A flow that is late by more than a second goes on from there at the same pace.
    format : {"bgr24", "rgb24", "gray"}, default "bgr24"
        What a frame is. daskflow's own nodes take the first, and most of them the last.
    decoder_threads : int, optional
        Threads of the decoder, instead of as many as the plan gives the task (`cpu_threads`). One reads
        768×576 at some 900 frames per second.
    **options
        As for `Node`: queue_size, nb_tasks, cpu_threads.

    Raises
    ------
    TypeError, ValueError
        `video_file` is an address, or another argument is of another type or out of its range.

    Notes
    -----
    With each frame goes this metadata:

    ================ ========= ============================================================================
    ``source``       str       absolute path of the file
    ``index``        int       position of the frame in the file, from 0
    ``pts``          int       presentation time stamp, in units of ``time_base``
    ``time_base``    Fraction  seconds per unit of ``pts``
    ``event_time``   float     seconds since the start of the recording, wherever reading began
    ``capture_time`` float     when it was given, in seconds since the epoch
    ``frame_rate``   Fraction  the file's average frames per second; left out where the file does not say
    ================ ========= ============================================================================

    A frame that cannot be decoded is left out, with a warning in the log; the next one's ``index`` counts it.
    Of a damaged file FFmpeg may leave out other frames each time, where it decodes with several threads;
    ``decoder_threads=1`` gives the same frames always, also after `seek`.

    In `realtime` a pause between two frames is waited for in steps of a second, with a `SKIP` at each, so
    that the flow can be stopped. One of more than a minute is taken for a jump of the time stamps, and not
    waited for.
    """

    def __init__(
        self,
        video_file: str | os.PathLike[str],
        name: str | None = None,
        *,
        start: int = 0,
        stop: int | None = None,
        stride: int = 1,
        max_frames: int | None = None,
        realtime: bool = False,
        format: str = "bgr24",
        decoder_threads: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        if "://" in os.fspath(video_file):
            address = masked(os.fspath(video_file))
            raise ValueError(f"{address} is an address and no file: VideoUrlReader reads cameras and streams")
        self._selection = Selection(start, stop, stride, max_frames)
        self._path = os.path.abspath(os.fspath(video_file))
        self._realtime = realtime
        self._format = checked_format(format)
        self._decoder_threads = optional_whole("decoder_threads", decoder_threads, least=1)
        self._decoder: VideoDecoder | None = None
        self._playback: Playback | None = None

    @property
    def length(self) -> int | None:  # type: ignore[override]  # a plain attribute in the base
        """How many frames there will be, as the file's header says; None where it does not.

        Looked up in the file at each call, in milliseconds, in whichever process asks; None, too, for a file
        that cannot be read. Frames that turn out to be damaged make it too high, long pauses in `realtime`
        too low.
        """
        return self._selection.count_of(count_frames(self._path))

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
            self._path,
            threads=self._decoder_threads or ctx.cpu_threads,
            logger=ctx.logger,
            start=self._selection.start,
        )
        self._playback = Playback(
            selected(self._decoder, self._selection),
            FrameMaker(ctx.empty, self._format),
            realtime=self._realtime,
        )

    def seek(self, sequence: int) -> None:
        """Go on where an earlier process was; runs in the producer's worker, after `open`.

        The next message is that with the number `sequence`, with the pixels and the metadata that it has when
        the earlier ones are given, but for ``capture_time``. Those from `start` on are decoded, though not
        converted, because only the decoder knows which frames are damaged and have no number. Blocks
        meanwhile.

        Parameters
        ----------
        sequence : int
            How many messages were given before. At or past the end, `next` raises `StopIteration`.

        Raises
        ------
        ValueError
            `sequence` is below the number of messages that this process has given, or no frame can be
            decoded.
        """
        assert self._playback is not None
        self._playback.seek(sequence, self)

    def next(self, ctx: Context) -> Any:
        """Give the next frame; runs in the producer's worker, and in `realtime` blocks until it is due.

        Returns
        -------
        numpy.ndarray or SKIP
            uint8, height × width × 3 in the order that `format` says, or height × width; C-contiguous.
            `SKIP` within a long pause in `realtime`.

        Raises
        ------
        StopIteration
            The file, `stop` or `max_frames` is at its end.
        ValueError
            The end was reached and no frame of the file could be decoded.
        """
        assert self._playback is not None
        return self._playback.next(ctx)

    def close(self) -> None:
        """Close the file; runs in the producer's worker."""
        self._playback = None
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None


def selected(frames: Iterable[Timed], selection: Selection) -> Iterator[Timed]:
    """Those of a file's frames, from the selection's start on, that are wanted."""
    if selection.is_behind(selection.start, 0):
        return
    count = 0
    for frame in frames:
        index = frame[1]["index"]
        if selection.is_behind(index, count):
            return
        if selection.takes(index):
            count += 1
            yield frame
            if selection.is_behind(index + selection.stride, count):
                return

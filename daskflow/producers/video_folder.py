"""Folders of video files as a source of frames."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from daskflow.core.arguments import optional_whole
from daskflow.core.context import Context
from daskflow.core.node import ProducerNode
from daskflow.producers.decoding import VideoDecoder, count_frames
from daskflow.producers.formats import checked_format
from daskflow.producers.listing import VIDEOS, checked_choice, checked_patterns, count_or_none, files_in
from daskflow.producers.pacing import Timed
from daskflow.producers.pictures import FrameMaker
from daskflow.producers.playback import Playback
from daskflow.producers.selection import Selection


class VideoFolderReader(ProducerNode):
    """Gives the frames of all video files of a folder, one file after the other, in natural order.

    Natural order has ``part2.mp4`` before ``part10.mp4``.

    Parameters
    ----------
    folder : str or os.PathLike
        The folder. A relative path is taken from the directory in which the node is constructed.
    name : str, optional
        Unique in the flow.
    pattern : str or sequence of str, optional
        Which files are taken, by name, such as ``"cam1_*.mp4"``; capitals do not matter. By default those
        whose names end as videos do: avi, mkv, mov, mp4, mpg, ts, webm and the like. Names that begin with a
        dot are not taken.
    recursive : bool, default False
        Take the videos of folders within it too, each folder's after those beside it.
    stride : int, default 1
        From one frame of a file that is given to the next; it begins anew with the first of each file.
    max_frames : int, optional
        Stop after so many frames, of all files together.
    realtime : bool, default False
        As for `VideofileReader`, from one file to the next without a break.
    format : {"bgr24", "rgb24", "gray"}, default "bgr24"
        What a frame is.
    decoder_threads : int, optional
        Threads of the decoder, instead of as many as the plan gives the task (`cpu_threads`).
    on_bad_file : {"error", "skip"}, default "error"
        What happens with a file that cannot be read, or of which no frame can be decoded: it is an error, or
        the next one follows, with a warning in the log. A file with some damaged frames is read either way.
    **options
        As for `Node`: queue_size, nb_tasks, cpu_threads.

    Notes
    -----
    With each frame goes the metadata of `VideofileReader`, with these differences:

    ============== ========= ==============================================================================
    ``source``     str       absolute path of the file that the frame is in
    ``index``      int       position of the frame in that file, from 0
    ``file_index`` int       position of the file among those of the folder, from 0
    ``event_time`` float     seconds, as if the files were played one after the other
    ============== ========= ==============================================================================

    The files are listed in `open`. A process that follows a killed one lists them again: it goes on exactly
    where the other was unless files that come before that have gone, changed or been added meanwhile.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        name: str | None = None,
        *,
        pattern: str | Sequence[str] | None = None,
        recursive: bool = False,
        stride: int = 1,
        max_frames: int | None = None,
        realtime: bool = False,
        format: str = "bgr24",
        decoder_threads: int | None = None,
        on_bad_file: str = "error",
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self._folder = os.path.abspath(os.fspath(folder))
        self._patterns = checked_patterns(pattern, VIDEOS)
        self._recursive = recursive
        self._max_frames = Selection(max_frames=max_frames).max_frames
        self._of_each = Selection(stride=stride)
        self._realtime = realtime
        self._format = checked_format(format)
        self._decoder_threads = optional_whole("decoder_threads", decoder_threads, least=1)
        self._on_bad_file = checked_choice(on_bad_file)
        self._decoder: VideoDecoder | None = None
        self._playback: Playback | None = None

    @property
    def length(self) -> int | None:  # type: ignore[override]  # a plain attribute in the base
        """How many frames there will be, as the headers of the files say; None where one does not.

        The files are looked at, at each call, in whichever process asks: some milliseconds each.
        """

        def counts() -> Iterator[int | None]:
            for path in self._listed():
                yield self._of_each.count_of(count_frames(path))

        return Selection(max_frames=self._max_frames).count_of(count_or_none(counts))

    def open(self, ctx: Context) -> None:
        """List the folder; runs in the producer's worker. The files are opened when their turn comes.

        Raises
        ------
        FileNotFoundError
            There is no such folder, or no video in it.
        NotADirectoryError, PermissionError
            It is a file, or this user may not read it.
        """
        self._playback = Playback(
            self._frames(self._listed(), ctx),
            FrameMaker(ctx.empty, self._format),
            realtime=self._realtime,
        )

    def seek(self, sequence: int) -> None:
        """Go on where an earlier process was; runs in the producer's worker, after `open`.

        As `VideofileReader.seek`: the frames before are decoded, though not converted. Blocks meanwhile.

        Parameters
        ----------
        sequence : int
            How many messages were given before. At or past the end, `next` raises `StopIteration`.

        Raises
        ------
        ValueError
            `sequence` is below the number of messages that this process has given.
        """
        assert self._playback is not None
        self._playback.seek(sequence, self)

    def next(self, ctx: Context) -> Any:
        """Give the next frame; runs in the producer's worker, and in `realtime` blocks until it is due.

        Returns
        -------
        numpy.ndarray or SKIP
            uint8, height × width × 3 in the order that `format` says, or height × width; C-contiguous. From
            one file to the next the size may change. `SKIP` within a long pause in `realtime`.

        Raises
        ------
        StopIteration
            The last file or `max_frames` is at its end.
        OSError, ValueError
            A file cannot be read, and `on_bad_file` is ``"error"``; the message names it.
        """
        assert self._playback is not None
        return self._playback.next(ctx)

    def close(self) -> None:
        """Close the file; runs in the producer's worker."""
        self._playback = None
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

    def _listed(self) -> list[str]:
        return files_in(self._folder, self._patterns, recursive=self._recursive)

    def _frames(self, paths: list[str], ctx: Context) -> Iterator[Timed]:
        count, offset_s = 0, 0.0
        if count == self._max_frames:
            return
        for file_index, path in enumerate(paths):
            end_s = offset_s  # of this file, among those before it
            try:
                for picture, metadata in self._frames_of(path, ctx):
                    event_time = metadata["event_time"] + offset_s
                    end_s = max(end_s, event_time + 1.0 / float(metadata.get("frame_rate", 25)))
                    if not self._of_each.takes(metadata["index"]):
                        continue
                    yield picture, {**metadata, "event_time": event_time, "file_index": file_index}
                    count += 1
                    if count == self._max_frames:
                        return
            except (OSError, ValueError) as error:
                if self._on_bad_file == "error":
                    raise
                ctx.logger.warning("a file is skipped: %s", error)
            offset_s = end_s

    def _frames_of(self, path: str, ctx: Context) -> Iterator[Timed]:
        threads = self._decoder_threads or ctx.cpu_threads
        self._decoder = VideoDecoder(path, threads=threads, logger=ctx.logger)
        try:
            yield from self._decoder
        finally:
            self._decoder.close()

"""The parts of large frames, each as a message of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from daskflow.core.arguments import whole
from daskflow.core.constants import SKIP
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ProducerNode
from daskflow.core.signature import call_with_context
from daskflow.scene.tile import TILE, Tile, tiles_of


class TileReader(ProducerNode):
    """Gives the tiles of each frame of another producer, so that replicas can work on them.

    A `TileJoiner` or `TileDetectionsJoiner` puts together again what was made of them.

    Parameters
    ----------
    reader : ProducerNode
        Gives the frames. It runs inside of this node: it is not wired, and its own options, such as
        `queue_size`, do not count.
    columns, rows : int, default 2
        How many tiles are side by side, and one below the other.
    overlap : int, default 0
        How many pixels neighbours share at least: as many as the largest thing to be found is wide.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, cpu_threads.

    Raises
    ------
    TypeError, ValueError
        `reader` is no producer, or others read it too; or a number is not whole, or too small.

    Notes
    -----
    With each tile go the frame's metadata and ``tile``, a `daskflow.scene.Tile`. Message ``n`` is tile ``n %
    count`` of frame ``n // count``. All tiles of frames of one size have one size.

    The node can begin anywhere, is live and knows its length as far as the reader does. Where the reader
    gives `SKIP`, so does the node, for all tiles of a frame. What a live reader's new process gives begins
    with a whole frame.
    """

    def __init__(
        self,
        reader: ProducerNode,
        columns: int = 2,
        rows: int = 2,
        overlap: int = 0,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        if not isinstance(reader, ProducerNode):
            raise TypeError(f"reader is a producer of frames, such as VideofileReader(...), got {reader!r}")
        if reader.children:
            raise ValueError(f"{reader!r} is read by {reader.children}: a reader of tiles has it for itself")
        self._reader = reader
        self._columns, self._rows = whole("columns", columns, least=1), whole("rows", rows, least=1)
        self._overlap = whole("overlap", overlap, least=0)
        self.is_live = reader.is_live
        self._next = 0
        self._in_the_middle = False  # of a frame, by a seek
        self._frame: Frame | None = None
        self._metadata: dict[str, Any] = {}
        self._tiles: tuple[Tile, ...] = ()

    @property
    def length(self) -> int | None:  # type: ignore[override]  # a plain attribute in the base
        """How many tiles there will be, as far as the reader knows how many frames."""
        frames = self._reader.length
        return None if frames is None else frames * self._columns * self._rows

    @property
    def seek(self) -> Callable[..., None]:
        """The method ``seek(sequence)``, where the reader has one.

        Raises
        ------
        AttributeError
            The reader cannot begin anywhere.
        """
        if not callable(getattr(self._reader, "seek", None)):
            raise AttributeError(f"{self._reader!r} has no seek()")
        return self._seek

    def open(self, ctx: Context) -> None:
        """Open the reader; runs in the producer's worker."""
        self._forget()
        call_with_context(self._reader.open, (), ctx)

    def next(self, ctx: Context) -> Any:
        """Give the next tile, and read the next frame after the last; runs in the producer's worker.

        Blocks as the reader does.

        Returns
        -------
        numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey), C-contiguous: a copy. Or `SKIP`.

        Raises
        ------
        StopIteration
            The reader is at its end.
        TypeError, ValueError
            The reader gives no frames.
        """
        count = self._columns * self._rows
        number = self._next if ctx.sequence_number is None else ctx.sequence_number
        self._next = number + 1
        index = number % count
        if index == 0 or self._in_the_middle:
            self._read(number // count, ctx)
        if self._frame is None:
            return SKIP
        tile = self._tiles[index]
        rows, columns = slice(tile.top, tile.top + tile.height), slice(tile.left, tile.left + tile.width)
        part = self._frame[rows, columns]
        result: Frame = ctx.empty(part.shape)
        np.copyto(result, part)
        ctx.metadata.update(self._metadata, **{TILE: tile})
        if tile.index == count - 1:
            self._frame = None  # its memory is not held until the next one is there
        return result

    def close(self, ctx: Context) -> None:
        """Close the reader; runs in the producer's worker."""
        self._forget()
        call_with_context(self._reader.close, (), ctx)

    def _seek(self, sequence: int, ctx: Context | None = None) -> None:
        self._forget()
        count = self._columns * self._rows
        call_with_context(self._reader.seek, (sequence // count,), ctx)  # type: ignore[attr-defined]
        self._next, self._in_the_middle = sequence, sequence % count > 0

    def _read(self, frame_number: int, ctx: Context) -> None:
        self._frame = None
        value = call_with_context(self._reader.next, (), ctx)
        self._in_the_middle = False
        if value is SKIP:
            return
        frame = checked_frame(value, self, grey=True)
        height, width = frame.shape[:2]
        self._frame, self._metadata = frame, dict(ctx.metadata)
        self._tiles = tiles_of(frame_number, width, height, self._columns, self._rows, self._overlap)

    def _forget(self) -> None:
        self._next, self._in_the_middle = 0, False
        self._frame, self._metadata, self._tiles = None, {}, ()

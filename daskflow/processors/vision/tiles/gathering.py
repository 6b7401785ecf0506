"""The tiles of a frame, collected until the last is there."""

from __future__ import annotations

from typing import Any

from daskflow.core.constants import CPU, SKIP
from daskflow.core.context import Context
from daskflow.core.node import OneTaskProcessorNode
from daskflow.scene.tile import TILE, Tile


class TileGatherer(OneTaskProcessorNode):
    """Gives one result for all tiles of a frame, at the last, and `SKIP` at the others; a base class.

    A subclass has `checked`, which looks at what came of one tile, and `joined`, which makes the frame's of
    all. What is kept is the tiles of one frame: a frame of which one does not come, since it was dropped,
    skipped or failed, is given up when its last tile or one of the next frame comes.

    Parameters
    ----------
    **options
        As for `OneTaskProcessorNode`.
    """

    devices = (CPU,)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._given_up = 0
        self._tiles: list[Tile] = []
        self._values: list[Any] = []
        self._metadata: dict[str, Any] = {}

    def open(self) -> None:
        """Start without tiles; runs in the task's worker."""
        self._given_up = 0
        self._forget()

    def process(self, value: Any, ctx: Context) -> Any:
        """Take what came of one tile; runs in the task's worker.

        Parameters
        ----------
        value : object
            With a `daskflow.scene.Tile` as ``ctx.metadata["tile"]``.

        Returns
        -------
        object
            At the last tile of a frame that has come whole the frame's; else `SKIP`. The metadata that go
            with it are those of the first tile, without ``tile``: what the reader said of the frame, and when
            it was produced. ``incomplete_frames`` is how many frames were given up until now, from the first
            one on.

        Raises
        ------
        TypeError, ValueError
            The message is not of a tile, or not of the kind that the node joins.
        """
        tile = ctx.metadata.get(TILE)
        if not isinstance(tile, Tile):
            raise ValueError(
                f"{self!r} joins what came of tiles, and this message is of none: its metadata have no "
                f"{TILE!r}. A TileReader gives tiles"
            )
        value = self.checked(value, tile)
        if self._tiles and self._tiles[0].frame_number != tile.frame_number:
            self._give_up(ctx)
        if not self._tiles:
            self._metadata = {key: said for key, said in ctx.metadata.items() if key != TILE}
        self._tiles.append(tile)
        self._values.append(value)
        if tile.index < tile.count - 1:
            return SKIP
        if len(self._tiles) < tile.count:
            self._give_up(ctx)
            return SKIP
        result = self.joined(self._tiles, self._values, ctx)
        ctx.metadata = self._metadata
        if self._given_up:
            ctx.metadata["incomplete_frames"] = self._given_up
        self._forget()
        return result

    def checked(self, value: Any, tile: Tile) -> Any:
        """Return `value`, known to be what can be made of `tile`."""
        raise NotImplementedError(f"{type(self).__name__} has no checked()")

    def joined(self, tiles: list[Tile], values: list[Any], ctx: Context) -> Any:
        """The frame's result of those of all its tiles, in their order."""
        raise NotImplementedError(f"{type(self).__name__} has no joined()")

    def snapshot(self) -> Any:
        """The tiles that wait for others; runs in the task's worker."""
        return list(self._tiles), list(self._values), dict(self._metadata), self._given_up

    def restore(self, state: Any) -> None:
        """Go on from what `snapshot` gave; runs in the task's worker."""
        tiles, values, metadata, self._given_up = state
        self._tiles, self._values, self._metadata = list(tiles), list(values), dict(metadata)

    def close(self) -> None:
        """Forget the tiles that are left; runs in the task's worker."""
        self._forget()

    def _give_up(self, ctx: Context) -> None:
        if not self._given_up:
            ctx.logger.warning(
                "frame %d is given up: of its %d tiles only %d came. So are others like it, which "
                'metadata["incomplete_frames"] counts',
                self._tiles[0].frame_number,
                self._tiles[0].count,
                len(self._tiles),
            )
        self._given_up += 1
        self._forget()

    def _forget(self) -> None:
        self._tiles, self._values, self._metadata = [], [], {}

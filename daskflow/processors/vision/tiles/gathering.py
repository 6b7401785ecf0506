"""The tiles of a frame, collected until the last is there."""

from __future__ import annotations

from typing import Any

from daskflow.core.constants import CPU, SKIP
from daskflow.core.context import Context
from daskflow.core.node import OneTaskProcessorNode
from daskflow.scene.tile import TILE, Tile

GIVE_UP, LAST = "give_up", "last"


class TileGatherer(OneTaskProcessorNode):
    """Gives one result for all tiles of a frame, at the last, and `SKIP` at the others; a base class.

    A subclass has `checked`, which looks at what came of one tile, and `joined`, which makes the frame's of
    all. A tile may not come, since it was dropped, skipped or failed. That is known at the frame's last tile
    or, where this does not come, at the first that comes of the next frame.

    Parameters
    ----------
    missing : {"give_up", "last"}, default "give_up"
        What becomes of a frame that is not whole. ``"give_up"`` leaves it out. ``"last"`` takes what came
        last of the same place, and gives up only what was never seen there.
    **options
        As for `OneTaskProcessorNode`.

    Notes
    -----
    What is kept is the tiles of one frame and, with ``"last"``, the last of each place.
    """

    devices = (CPU,)

    def __init__(self, missing: str = GIVE_UP, **options: Any) -> None:
        super().__init__(**options)
        if missing not in (GIVE_UP, LAST):
            raise ValueError(f"missing is {GIVE_UP!r} or {LAST!r}, got {missing!r}")
        self._missing = missing
        self._given_up = 0
        self._came: dict[int, tuple[Tile, Any]] = {}
        self._last: dict[int, tuple[Tile, Any]] = {}
        self._metadata: dict[str, Any] = {}
        self._failed: tuple[Tile, Any] | None = None  # at which tile, and the state before it

    def open(self) -> None:
        """Start without tiles; runs in the task's worker."""
        self.close()
        self._given_up = 0

    def process(self, value: Any, ctx: Context) -> Any:
        """Take what came of one tile; runs in the task's worker.

        Parameters
        ----------
        value : object
            With a `daskflow.scene.Tile` as ``ctx.metadata["tile"]``.

        Returns
        -------
        object
            What is joined of a frame's tiles, at the last of them; else `SKIP`. The metadata that go with it
            are those of the frame's first tile, without ``tile``: what the reader said of the frame, and when
            it was produced. ``frame_number`` is the frame's, from 0, since the sequence number is the tile's;
            ``stale_tiles`` is how many were taken from earlier frames, and
            ``incomplete_frames`` how many frames were given up until now, where there are any.

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
        if self._failed is not None and self._failed[0] == tile:  # it is tried again
            self.restore(self._failed[1])
        self._failed, before = None, self.snapshot()
        try:
            return self._with(tile, value, ctx)
        except Exception:
            self._failed = tile, before
            raise

    def _with(self, tile: Tile, value: Any, ctx: Context) -> Any:
        metadata, ctx.metadata = ctx.metadata, {}
        earlier = SKIP
        if any(one.frame_number != tile.frame_number for one, _ in self._came.values()):
            earlier = self._ended(ctx)
        if not self._came:
            self._metadata = {key: said for key, said in metadata.items() if key != TILE}
        self._came[tile.index] = tile, value
        if tile.index < tile.count - 1:
            return earlier
        newer = self._ended(ctx)  # of two frames that end with one message the newer is given
        return earlier if newer is SKIP else newer

    def checked(self, value: Any, tile: Tile) -> Any:
        """Return `value`, known to be what can be made of `tile`.

        Raises
        ------
        TypeError, ValueError
            It is not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no checked()")

    def joined(self, tiles: list[Tile], values: list[Any], ctx: Context) -> Any:
        """The frame's result of those of all its tiles.

        Parameters
        ----------
        tiles : list of Tile
            All of a frame, in their order.
        values : list
            What `checked` returned for each.
        ctx : Context
            Of the task.

        Raises
        ------
        ValueError
            They do not go together.
        """
        raise NotImplementedError(f"{type(self).__name__} has no joined()")

    def snapshot(self) -> Any:
        """The tiles that wait for others, and those before them; runs in the task's worker."""
        return dict(self._came), dict(self._last), dict(self._metadata), self._given_up

    def restore(self, state: Any) -> None:
        """Go on from what `snapshot` gave; runs in the task's worker."""
        self._came, self._last, self._metadata = (dict(kept) for kept in state[:3])
        self._given_up = state[3]

    def close(self) -> None:
        """Forget the tiles; runs in the task's worker."""
        self._came, self._last, self._metadata, self._failed = {}, {}, {}, None

    def _ended(self, ctx: Context) -> Any:
        """The result of the frame of which no more tiles will come."""
        came, metadata = self._came, self._metadata
        self._came, self._metadata = {}, {}
        some = next(iter(came.values()))[0]
        known = came
        if self._missing == LAST:
            known = {i: one for i, one in self._last.items() if _of_one_size(one[0], some)} | came
            self._last = known
        if len(known) < some.count:
            self._give_up(some, len(came), ctx)
            return SKIP
        tiles, values = zip(*(known[i] for i in range(some.count)), strict=True)
        result = self.joined(list(tiles), list(values), ctx)
        ctx.metadata = metadata
        metadata["frame_number"] = some.frame_number
        if len(came) < some.count:
            metadata["stale_tiles"] = some.count - len(came)
        if self._given_up:
            metadata["incomplete_frames"] = self._given_up
        return result

    def _give_up(self, tile: Tile, came: int, ctx: Context) -> None:
        if not self._given_up:
            ctx.logger.warning(
                "frame %d is given up: of its %d tiles only %d came. So are others like it, which "
                'metadata["incomplete_frames"] counts',
                tile.frame_number,
                tile.count,
                came,
            )
        self._given_up += 1


def _of_one_size(one: Tile, other: Tile) -> bool:
    """Whether two tiles are of frames that are divided in the same way."""
    return (one.count, one.frame_width, one.frame_height) == (
        other.count,
        other.frame_width,
        other.frame_height,
    )

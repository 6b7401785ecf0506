"""Pictures made of tiles, as one picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.core.context import Context
from daskflow.processors.vision.tiles.gathering import TileGatherer
from daskflow.scene.tile import Tile


class TileJoiner(TileGatherer):
    """Makes one picture of the pictures that came of the tiles of a frame.

    Overlaps are cut in the middle: each pixel is from the tile whose border is farther away.

    Parameters
    ----------
    missing : {"give_up", "last"}, default "give_up"
        What becomes of a frame of which a tile does not come: it is left out, or the tile is taken from the
        last frame of which it came.
    **options
        As for `OneTaskProcessorNode`.

    Notes
    -----
    It takes an array for each tile: of the tile's height and width, or of so many times both, the same for
    all, as a node makes them that enlarges pictures; of any number of channels and any dtype, such as grey or
    a float32 map. The result has the frame's height and width, or so many times both.

    Pictures are held, in shared memory if they lie there: the tiles of one frame until its last has come, and
    with ``"last"`` those of one more.
    """

    def checked(self, value: Any, tile: Tile) -> Any:
        """Return `value`, known to be an array of the size of `tile`, or so many times it."""
        if not isinstance(value, np.ndarray):
            raise TypeError(f"{self!r} joins pictures, arrays of height × width; got {type(value).__name__}")
        if value.ndim not in (2, 3) or value.size == 0 or value.dtype.hasobject:
            raise ValueError(
                f"{self!r} joins pictures, arrays of height × width or height × width × channels; "
                f"got shape {value.shape} of {value.dtype}"
            )
        height, width = value.shape[:2]
        times = height // tile.height
        if times < 1 or (height, width) != (tile.height * times, tile.width * times):
            raise ValueError(
                f"{self!r} joins pictures of the tiles' size or so many times it: "
                f"{height}×{width} pixels are none of {tile.height}×{tile.width}"
            )
        return value

    def joined(self, tiles: list[Tile], values: list[Any], ctx: Context) -> NDArray[Any]:
        """The picture, made where its readers look."""
        first = values[0]
        times = first.shape[0] // tiles[0].height
        shape = (tiles[0].frame_height * times, tiles[0].frame_width * times, *first.shape[2:])
        result = ctx.empty(shape, first.dtype)
        for tile, picture in zip(tiles, values, strict=True):
            expected = (tile.height * times, tile.width * times, *first.shape[2:])
            if (picture.shape, picture.dtype) != (expected, first.dtype):
                raise ValueError(
                    f"{self!r} joins pictures of one kind: of tile 0 came {first.shape} of {first.dtype}, of "
                    f"tile {tile.index} {picture.shape} of {picture.dtype}"
                )
            left, top, right, bottom = (edge * times for edge in tile.own)
            x, y = tile.left * times, tile.top * times
            result[top:bottom, left:right] = picture[top - y : bottom - y, left - x : right - x]
        return result

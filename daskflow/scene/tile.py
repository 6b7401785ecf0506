"""A part of a frame that travels as a message of its own."""

from __future__ import annotations

from dataclasses import dataclass

TILE = "tile"
"""The entry of a message's metadata that says which part of a frame it is: a `Tile`."""

_Span = tuple[int, int, int, int]


@dataclass(frozen=True)
class Tile:
    """Which part of which frame a message is, or what was made of that part.

    Attributes
    ----------
    frame_number : int
        Of the frame, from 0.
    index, count : int
        Which of the frame's tiles it is, from 0, and how many there are; row by row.
    left, top, width, height : int
        Where it is in the frame, in pixels.
    frame_width, frame_height : int
        Of the frame, in pixels.
    own : tuple of four ints
        The part of the frame that no other tile has as its own: left, top, right and bottom in pixels of the
        frame, the last two exclusive. Overlaps are cut in the middle; all these parts are the frame.
    """

    frame_number: int
    index: int
    count: int
    left: int
    top: int
    width: int
    height: int
    frame_width: int
    frame_height: int
    own: tuple[int, int, int, int]


def tiles_of(
    frame_number: int, frame_width: int, frame_height: int, columns: int, rows: int, overlap: int
) -> tuple[Tile, ...]:
    """The tiles of a frame, row by row.

    They are of one size, the least with which neighbours share `overlap` pixels or, where the frame cannot be
    divided evenly, a few more.

    Parameters
    ----------
    frame_number : int
        Of the frame.
    frame_width, frame_height : int
        Of the frame, in pixels.
    columns, rows : int
        How many tiles are side by side, and one below the other.
    overlap : int
        In pixels.
    """
    across, down = _spans(frame_width, columns, overlap), _spans(frame_height, rows, overlap)
    return tuple(
        Tile(
            frame_number=frame_number,
            index=row * columns + column,
            count=columns * rows,
            left=left,
            top=top,
            width=width,
            height=height,
            frame_width=frame_width,
            frame_height=frame_height,
            own=(first, upper, last, lower),
        )
        for row, (top, height, upper, lower) in enumerate(down)
        for column, (left, width, first, last) in enumerate(across)
    )


def _spans(size: int, parts: int, overlap: int) -> list[_Span]:
    """Of each part its start and length, and where what is its own begins and ends."""
    length = min(size, -(-(size + (parts - 1) * overlap) // parts))
    starts = [i * (size - length) // max(1, parts - 1) for i in range(parts)]
    cuts = [(starts[i] + length + starts[i + 1]) // 2 for i in range(parts - 1)]
    return list(zip(starts, [length] * parts, [0, *cuts], [*cuts, size], strict=True))

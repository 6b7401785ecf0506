"""Lines of a text drawing, which run level and upright: between two columns each has a track of its own."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

LEFT, RIGHT, UP, DOWN = 1, 2, 4, 8

_SIGNS = " ╴╶─╵┘└┴╷┐┌┬│┤├┼"
"""By the sum of the sides that a line leaves a cell at."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an edge between two columns.

    Attributes
    ----------
    source, target : hashable
        What it comes from and leads to: pieces that have one of them in common may run together.
    start, end : int
        Lines of text at its left and right end.
    """

    source: Hashable
    target: Hashable
    start: int
    end: int


def tracks_of(pieces: Sequence[Piece]) -> dict[Hashable, int]:
    """The track, counted from the left, for each source whose pieces rise or fall.

    Where a line comes in from the left in the row in which another goes out to the right, the first is to
    turn before the second does. Where that goes round in a circle they overlap.
    """
    groups: dict[Hashable, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(piece.source, []).append(piece)
    upright = [source for source, group in groups.items() if any(p.start != p.end for p in group)]
    # of lines that fall the lowest turns first, of those that rise the highest: so they do not cross
    upright.sort(key=lambda source: _turn(groups[source]))
    tracks: dict[Hashable, int] = {}
    while upright:
        free = (
            source
            for source in upright
            if not any(_goes_before(groups[o], groups[source]) for o in upright if o != source)
        )
        chosen = next(free, upright[0])
        upright.remove(chosen)
        tracks[chosen] = len(tracks)
    return tracks


def _turn(group: Sequence[Piece]) -> int:
    start = group[0].start
    falls = sum(piece.end - start for piece in group) > 0
    return -start if falls else start


def _goes_before(first: Sequence[Piece], second: Sequence[Piece]) -> bool:
    targets = {piece.target for piece in first}
    return any(
        piece.end == first[0].start and piece.start != piece.end and piece.target not in targets
        for piece in second
    )


class Wires:
    """What lines pass through each cell of a text drawing."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[Piece, int]]] = {}

    def level(self, piece: Piece, y: int, x0: int, x1: int) -> None:
        """A line in a row, from one cell to another."""
        for x in range(x0, x1 + 1):
            self._add(piece, x, y, (LEFT if x > x0 else 0) | (RIGHT if x < x1 else 0))

    def upright(self, piece: Piece, x: int, y0: int, y1: int) -> None:
        """A line in a column, from one cell to another."""
        top, bottom = sorted((y0, y1))
        for y in range(top, bottom + 1):
            self._add(piece, x, y, (UP if y > top else 0) | (DOWN if y < bottom else 0))

    def signs(self) -> Mapping[tuple[int, int], str]:
        """A character for each cell."""
        return {place: self._sign(parts) for place, parts in self._cells.items()}

    def _add(self, piece: Piece, x: int, y: int, sides: int) -> None:
        self._cells.setdefault((x, y), []).append((piece, sides))

    def _sign(self, parts: Sequence[tuple[Piece, int]]) -> str:
        # a piece that turns here has both parts here: only what goes straight through can cross
        own: dict[Piece, int] = {}
        for piece, sides in parts:
            own[piece] = own.get(piece, 0) | sides
        together = 0
        for sides in own.values():
            together |= sides
        if together == LEFT | RIGHT | UP | DOWN:
            upright = [piece for piece, sides in own.items() if sides == UP | DOWN]
            level = [piece for piece, sides in own.items() if sides == LEFT | RIGHT]
            if len(upright) + len(level) == len(own) and not any(
                one.source == other.source or one.target == other.target for one in upright for other in level
            ):
                return "│"  # the other passes below
        return _SIGNS[together]

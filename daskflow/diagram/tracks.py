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

    Where a line of one source ends in the row in which one of another begins, the second is to turn off
    before the first comes in. That may go round in a circle: see `makes_way`.
    """
    targets = _targets(pieces)
    starts = {piece.source: piece.start for piece in pieces}
    ends: dict[Hashable, list[Piece]] = {}
    for piece in pieces:
        if piece.start != piece.end:
            ends.setdefault(piece.source, []).append(piece)

    def comes_in_at(source: Hashable, other: Hashable) -> bool:
        return any(p.end == starts[other] and _misleads(p, other, targets) for p in ends[source])

    # of lines that fall the lowest turns first, of those that rise the highest: so they do not cross
    left = sorted(ends, key=lambda source: _turn(ends[source]))
    tracks: dict[Hashable, int] = {}
    while left:
        free = (one for one in left if not any(comes_in_at(one, o) for o in left if o != one))
        chosen = next(free, left[0])
        left.remove(chosen)
        tracks[chosen] = len(tracks)
    return tracks


def makes_way(piece: Piece, pieces: Sequence[Piece], tracks: Mapping[Hashable, int]) -> bool:
    """Whether a piece, where it comes in, would run over one that has yet to turn off."""
    if piece.start == piece.end:
        return False
    targets = _targets(pieces)
    return any(
        other.start == piece.end
        and tracks.get(other.source, -1) > tracks[piece.source]
        and _misleads(piece, other.source, targets)
        for other in pieces
    )


def _targets(pieces: Sequence[Piece]) -> dict[Hashable, set[Hashable]]:
    targets: dict[Hashable, set[Hashable]] = {}
    for piece in pieces:
        targets.setdefault(piece.source, set()).add(piece.target)
    return targets


def _misleads(piece: Piece, other: Hashable, targets: Mapping[Hashable, set[Hashable]]) -> bool:
    """Whether it would seem, if they ran together, that an edge is there which is not."""
    return piece.target not in targets[other] or not targets[other] <= targets[piece.source]


def _turn(group: Sequence[Piece]) -> int:
    start = group[0].start
    falls = sum(piece.end - start for piece in group) > 0
    return -start if falls else start


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
        if together == LEFT | RIGHT | UP | DOWN and set(own.values()) == {UP | DOWN, LEFT | RIGHT}:
            return "│"  # they only cross: the level one passes below
        return _SIGNS[together]

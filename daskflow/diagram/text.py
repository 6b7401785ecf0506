"""A diagram as text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from daskflow.diagram.boxes import name_lines, word_lines
from daskflow.diagram.content import CONSUMER, PRODUCER, STATEFUL, Box, Diagram, shown
from daskflow.diagram.layout import Layout, layout
from daskflow.diagram.tracks import Piece, Wires, makes_way, tracks_of
from daskflow.diagram.wrapping import width_of, wrapped

NARROW_WIDTH = 12
"""Of a line of a name, in characters, in a drawing that would be too wide otherwise."""

ARROW = "▸"

_FRAMES = {PRODUCER: tuple("╭─┐│╰┘"), CONSUMER: tuple("┌─╮│└╯"), STATEFUL: tuple("╔═╗║╚╝")}
_FRAME = tuple("┌─┐│└┘")


def text_diagram(diagram: Diagram, width: int) -> str:
    """Boxes and lines, in at most `width` characters.

    Where that is not enough, boxes have only their names; and if that is too wide, there is a list.
    """
    if not diagram.boxes:
        return ""
    for inside in (_name_and_words, _name):
        drawing = _Drawing(diagram, inside)
        if drawing.width <= width:
            return drawing.text()
    return _list(diagram)


class _Drawing:
    def __init__(self, diagram: Diagram, inside: Callable[[Box], list[str]]) -> None:
        edges = [(line.source, line.target) for line in diagram.lines]
        self._diagram, self._edges = diagram, edges
        self._laid = layout([box.name for box in diagram.boxes], edges)
        self._inside = {box.name: inside(box) for box in diagram.boxes}
        self._box_height = max(len(lines) for lines in self._inside.values()) + 2
        self._pieces = self._cut()
        self._tracks = [tracks_of(pieces) for pieces in self._pieces]
        self._left, self._right = self._columns()
        self.width = self._right[-1]

    def text(self) -> str:
        cells: dict[tuple[int, int], str] = {}
        self._connect(cells)
        for box in self._diagram.boxes:
            self._draw(cells, box)
        lines = []
        last = max(y for _, y in cells)
        for y in range(min(y for _, y in cells), last + 1):
            row = {x: sign for (x, at), sign in cells.items() if at == y}
            lines.append("".join(row.get(x, " ") for x in range(self.width)).rstrip())
        return "\n".join(lines)

    def _column(self, name: str) -> int:
        return int(self._laid.positions[name][0])

    def _row(self, name: str) -> float:
        return self._laid.positions[name][1]

    def _y(self, row: float) -> int:
        return round(row * (self._box_height + 1))

    def _cut(self) -> list[list[Piece]]:
        """The edges' pieces by the gap between columns that they are in."""
        pieces: list[list[Piece]] = [[] for _ in range(self._laid.columns)]
        for edge in self._edges:
            rows = _rows_along(self._laid, edge)
            first = self._column(edge[0])
            for i, (start, end) in enumerate(pairwise(rows)):
                source = edge[0] if i == 0 else edge
                target = edge[1] if i == len(rows) - 2 else edge
                pieces[first + i].append(Piece(source, target, self._y(start), self._y(end)))
        return pieces

    def _columns(self) -> tuple[list[int], list[int]]:
        """Where the boxes of each column begin, and the cell behind them."""
        left, right, x = [], [], 0
        for column in range(self._laid.columns):
            names = [box.name for box in self._diagram.boxes if self._column(box.name) == column]
            left.append(x)
            right.append(x + 4 + max(width_of(line) for name in names for line in self._inside[name]))
            x = right[-1] + 4 + 2 * max(0, len(self._tracks[column]) - 1)
        return left, right

    def _connect(self, cells: dict[tuple[int, int], str]) -> None:
        wires = Wires()
        arrows = []
        for column, (pieces, tracks) in enumerate(zip(self._pieces, self._tracks, strict=True)):
            for piece in pieces:
                x0, x1 = self._right[column] - 1, self._left[column + 1]
                # one row lower, if the line of another node leaves where this arrives
                arrival = piece.end + makes_way(piece, pieces, tracks)
                if piece.start == piece.end:
                    wires.level(piece, piece.start, x0, x1)
                else:
                    track = self._right[column] + 1 + 2 * tracks[piece.source]
                    wires.level(piece, piece.start, x0, track)
                    wires.upright(piece, track, piece.start, arrival)
                    wires.level(piece, arrival, track, x1 - 1)
                if isinstance(piece.target, tuple):  # goes on, beside the boxes of the next column
                    wires.upright(piece, x1 - 1, arrival, piece.end)
                    wires.level(piece, piece.end, x1 - 1, self._right[column + 1] - 1)
                else:
                    arrows.append((x1 - 1, arrival))
        cells.update(wires.signs())
        cells.update(dict.fromkeys(arrows, ARROW))

    def _draw(self, cells: dict[tuple[int, int], str], box: Box) -> None:
        x, y = self._left[self._column(box.name)], self._y(self._row(box.name)) - self._box_height // 2
        room = self._right[self._column(box.name)] - x - 4
        upper_left, level, upper_right, side, lower_left, lower_right = _FRAMES.get(box.kind, _FRAME)
        lines = self._inside[box.name]
        _put(cells, x, y, upper_left + level * (room + 2) + upper_right)
        for i in range(self._box_height - 2):
            text = lines[i] if i < len(lines) else ""
            _put(cells, x, y + 1 + i, f"{side} {text}{' ' * (room - width_of(text))} {side}")
        _put(cells, x, y + self._box_height - 1, lower_left + level * (room + 2) + lower_right)


def _put(cells: dict[tuple[int, int], str], x: int, y: int, text: str) -> None:
    for ch in text:
        width = width_of(ch)
        if not width:  # an accent belongs to the letter before it
            cells[x - 1, y] += ch
            continue
        cells[x, y] = ch
        for i in range(1, width):
            cells[x + i, y] = ""
        x += width


def _name_and_words(box: Box) -> list[str]:
    return [*name_lines(box), *word_lines(box)]


def _name(box: Box) -> list[str]:
    return wrapped(shown(box.name), NARROW_WIDTH)


def _rows_along(laid: Layout, edge: tuple[str, str]) -> list[float]:
    """The row of an edge in each column from its source to its target."""
    (first, start), (last, end) = laid.positions[edge[0]], laid.positions[edge[1]]
    route = laid.routes[edge]
    rows = [start]
    for column in range(int(first) + 1, int(last)):
        rows.append(next(y1 for (_, _), (x1, y1) in pairwise(route) if x1 >= column))
    return [*rows, end]


def _list(diagram: Diagram) -> str:
    """A line for each node: what it is, and what reads it."""
    readers: dict[str, list[str]] = {box.name: [] for box in diagram.boxes}
    for line in diagram.lines:
        readers[line.source].append(shown(line.target))
    names = [shown(box.name) for box in diagram.boxes]
    words = [", ".join(shown(word) for word in box.words) for box in diagram.boxes]
    wide, wider = _widest(names), _widest(words)
    lines = []
    for name, said, box in zip(names, words, diagram.boxes, strict=True):
        read_by = f"{ARROW} {', '.join(readers[box.name])}" if readers[box.name] else ""
        lines.append(f"{_filled(name, wide)}  {_filled(said, wider)}  {read_by}".rstrip())
    return "\n".join(lines)


def _widest(texts: Sequence[str]) -> int:
    return max(map(width_of, texts))


def _filled(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))

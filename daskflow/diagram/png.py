"""A figure as PNG, on a white ground."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from daskflow.diagram.curves import smooth
from daskflow.diagram.figure import INK, Curve, Figure, Head, Panel, Words
from daskflow.diagram.layout import Point
from daskflow.diagram.svg import LIGHT_INK, LIGHT_PAPER

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

SCALE = 2.0
"""Pixels of the picture for one of the figure: sharp on today's displays."""

MOST_PIXELS = 60e6
"""Of the canvas that shapes are drawn on, which is larger than the picture so that their edges are smooth."""

DASH, GAP = 6.0, 3.0

FONTS = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf")


def png_bytes(figure: Figure, scale: float = SCALE) -> bytes:
    """PNG of a figure. Shapes are drawn larger and scaled down, text by FreeType at its final size."""
    from PIL import Image, ImageDraw

    scale = min(scale, math.sqrt(MOST_PIXELS / (figure.width * figure.height)))
    finer = next(n for n in (3, 2, 1) if n == 1 or _pixels(figure, scale * n) <= MOST_PIXELS)
    size = math.ceil(figure.width * scale), math.ceil(figure.height * scale)
    canvas = Image.new("RGB", (size[0] * finer, size[1] * finer), LIGHT_PAPER)
    draw = ImageDraw.Draw(canvas)
    for shape in figure.shapes:
        if not isinstance(shape, Words):
            _draw(draw, shape, scale * finer)
    picture = canvas.reduce(finer)
    draw = ImageDraw.Draw(picture)
    for shape in figure.shapes:
        if isinstance(shape, Words):
            _write(draw, shape, scale)
    data = BytesIO()
    picture.save(data, "png")
    return data.getvalue()


def _pixels(figure: Figure, scale: float) -> float:
    return figure.width * figure.height * scale * scale


def _draw(draw: ImageDraw, shape: Panel | Curve | Head, scale: float) -> None:
    if isinstance(shape, Panel):
        outline = [(x * scale, y * scale) for x, y in _outline(shape)]
        if shape.fill is not None:
            draw.polygon(outline, fill=_mixed(shape.fill, shape.opacity))
        if shape.stroke is not None:
            width = max(1, round(shape.stroke_width * scale))
            # closed by its first two points again, so that the corner where it ends is a joint too
            draw.line([*outline, *outline[:2]], fill=_mixed(shape.stroke, 1), width=width, joint="curve")
    elif isinstance(shape, Head):
        back, half = shape.x - shape.size, shape.size / 2
        corners = [(shape.x, shape.y), (back, shape.y - half), (back, shape.y + half)]
        draw.polygon([(x * scale, y * scale) for x, y in corners], fill=_mixed(INK, 1))
    else:
        points = smooth(shape.route, 24)
        width = max(1, round(shape.width * scale))
        for piece in _dashes(points) if shape.is_dashed else [points]:
            line = [(x * scale, y * scale) for x, y in piece]
            draw.line(line, fill=_mixed(INK, 0.75), width=width, joint="curve")


def _outline(panel: Panel) -> list[Point]:
    left, right = panel.radius
    x0, y0, x1, y1 = panel.x, panel.y, panel.x + panel.width, panel.y + panel.height
    corners = [
        (x1 - right, y0 + right, right, -90),
        (x1 - right, y1 - right, right, 0),
        (x0 + left, y1 - left, left, 90),
        (x0 + left, y0 + left, left, 180),
    ]
    points = []
    for x, y, radius, start in corners:
        steps = 24 if radius else 0
        for i in range(steps + 1):
            angle = math.radians(start + (90 * i / steps if steps else 0))
            points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return points


def _dashes(points: Sequence[Point]) -> Iterator[list[Point]]:
    piece, left, is_on = [points[0]], DASH, True
    for (x0, y0), (x1, y1) in pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0)
        done = 0.0
        while length - done > left:
            done += left
            at = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length)
            if is_on:
                yield [*piece, at]
            piece, is_on = [at], not is_on
            left = DASH if is_on else GAP
        left -= length - done
        piece.append((x1, y1))
    if is_on and len(piece) > 1:
        yield piece


def _write(draw: ImageDraw, words: Words, scale: float) -> None:
    size = words.size * scale
    font = _font(size, words.is_bold)
    room = words.width * scale
    width = font.getlength(words.text)
    if width > room:
        font = _font(size * room / width, words.is_bold)
    place = words.x * scale, words.y * scale
    draw.text(place, words.text, fill=_mixed(INK, words.opacity), font=font, anchor="ls")


@cache
def _font(size: float, is_bold: bool) -> FreeTypeFont:
    """DejaVu, which has the letters of most languages, or what Pillow brings, which has English ones."""
    from PIL import ImageFont

    try:
        return ImageFont.truetype(FONTS[is_bold], size)
    except OSError:
        font = ImageFont.load_default(size)
        assert isinstance(font, ImageFont.FreeTypeFont)
        return font


def _mixed(colour: str, opacity: float) -> tuple[int, int, int]:
    """The colour as it looks on the ground."""
    colour = LIGHT_INK if colour == INK else colour
    over, under = (bytes.fromhex(text[1:]) for text in (colour, LIGHT_PAPER))
    red, green, blue = (round(a * opacity + b * (1 - opacity)) for a, b in zip(over, under, strict=True))
    return red, green, blue

"""A figure as SVG."""

from __future__ import annotations

from functools import singledispatch
from itertools import pairwise
from xml.etree import ElementTree as ET

from daskflow.diagram.content import shown
from daskflow.diagram.figure import INK, Curve, Figure, Head, Panel, Words

FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
LIGHT_INK, LIGHT_PAPER = "#1c1e21", "#ffffff"
DARK_INK, DARK_PAPER = "#e4e6eb", "#17191d"

_STYLE = (
    f"@media (prefers-color-scheme: dark) {{ .daskflow {{ color: {DARK_INK} }} "
    f".daskflow-paper {{ fill: {DARK_PAPER} }} }}"
)


def svg_text(figure: Figure, *, inline: bool = False) -> str:
    """SVG of a figure; all that comes from names is escaped.

    Parameters
    ----------
    figure : Figure
        What to draw.
    inline : bool, default False
        For use within an HTML page: text and lines take the colour of the text around, on its ground. Else
        the picture has a ground of its own, light or dark by what the viewer prefers.
    """
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": _number(figure.width),
            "height": _number(figure.height),
            "viewBox": f"0 0 {_number(figure.width)} {_number(figure.height)}",
            "font-family": FONTS,
            "role": "img",
        },
    )
    if figure.title:
        root.set("aria-label", figure.title)
    if not inline:
        root.set("class", "daskflow")
        root.set("color", LIGHT_INK)
        ET.SubElement(root, "style").text = _STYLE
        ET.SubElement(
            root, "rect", {"class": "daskflow-paper", "width": "100%", "height": "100%", "fill": LIGHT_PAPER}
        )
    for shape in figure.shapes:
        root.append(_element(shape))
    return ET.tostring(root, encoding="unicode") + "\n"


@singledispatch
def _element(shape: object) -> ET.Element:
    raise TypeError(f"no shape: {shape!r}")


@_element.register
def _(panel: Panel) -> ET.Element:
    left, right = panel.radius
    x0, y0, x1, y1 = panel.x, panel.y, panel.x + panel.width, panel.y + panel.height
    path = [
        f"M{_point(x0 + left, y0)}H{_number(x1 - right)}",
        _arc(right, x1, y0 + right),
        f"V{_number(y1 - right)}",
        _arc(right, x1 - right, y1),
        f"H{_number(x0 + left)}",
        _arc(left, x0, y1 - left),
        f"V{_number(y0 + left)}",
        _arc(left, x0 + left, y0),
        "Z",
    ]
    element = ET.Element("path", {"d": "".join(path), "fill": _colour(panel.fill)})
    if panel.fill is not None and panel.opacity < 1:
        element.set("fill-opacity", _number(panel.opacity))
    if panel.stroke is not None:
        element.set("stroke", _colour(panel.stroke))
        element.set("stroke-width", _number(panel.stroke_width))
    return _with_title(element, panel.says)


@_element.register
def _(curve: Curve) -> ET.Element:
    path = [f"M{_point(*curve.route[0])}"]
    for (x0, y0), (x1, y1) in pairwise(curve.route):
        if y0 == y1:
            path.append(f"H{_number(x1)}")
        else:
            middle = (x0 + x1) / 2
            path.append(f"C{_point(middle, y0)} {_point(middle, y1)} {_point(x1, y1)}")
    element = ET.Element(
        "path",
        {
            "d": "".join(path),
            "fill": "none",
            "stroke": _colour(INK),
            "stroke-opacity": "0.75",
            "stroke-width": _number(curve.width),
        },
    )
    if curve.is_dashed:
        element.set("stroke-dasharray", "6 3")
    return _with_title(element, curve.says)


@_element.register
def _(head: Head) -> ET.Element:
    back, half = head.x - head.size, head.size / 2
    path = f"M{_point(head.x, head.y)}L{_point(back, head.y - half)}L{_point(back, head.y + half)}Z"
    return ET.Element("path", {"d": path, "fill": _colour(INK)})


@_element.register
def _(words: Words) -> ET.Element:
    element = ET.Element(
        "text", {"x": _number(words.x), "y": _number(words.y), "font-size": _number(words.size)}
    )
    element.set("fill", _colour(INK))
    if words.is_bold:
        element.set("font-weight", "bold")
    if words.opacity < 1:
        element.set("fill-opacity", _number(words.opacity))
    element.set("xml:space", "preserve")
    element.text = words.text
    return element


def _with_title(element: ET.Element, says: str) -> ET.Element:
    if says:
        ET.SubElement(element, "title").text = shown(says)
    return element


def _colour(colour: str | None) -> str:
    return "none" if colour is None else "currentColor" if colour == INK else colour


def _arc(radius: float, x: float, y: float) -> str:
    return f"A{_number(radius)} {_number(radius)} 0 0 1 {_point(x, y)}" if radius else ""


def _point(x: float, y: float) -> str:
    return f"{_number(x)} {_number(y)}"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

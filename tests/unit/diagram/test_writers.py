"""Figures in the formats of the world."""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from daskflow.diagram import png
from daskflow.diagram.content import Box, Diagram, Line
from daskflow.diagram.drawn import drawn
from daskflow.diagram.formats import format_of, rendered, saved
from daskflow.diagram.mermaid import mermaid_text
from daskflow.diagram.png import png_bytes
from daskflow.diagram.svg import svg_text
from tests.unit.diagram.graphs import CHAIN, DIAGRAMS, LONG_NAMES, diagram

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", DIAGRAMS)
def test_svg_is_well_formed_and_shows_all_names(name):
    shown = "".join(texts(svg_text(drawn(DIAGRAMS[name]))))
    for box in DIAGRAMS[name].boxes:
        assert box.name[:10].replace("\x07", "\N{REPLACEMENT CHARACTER}") in shown


def test_what_a_user_calls_a_node_is_no_markup():
    evil = LONG_NAMES["tracker"]
    svg = svg_text(drawn(Diagram("<script>", [Box(evil, words=("</svg>",))], [])))
    assert texts(svg)[:3] == ["<script>", evil.replace("\x07", "\N{REPLACEMENT CHARACTER}"), "</svg>"]
    assert "<script>" not in svg
    assert svg.count("</svg>") == 1


def test_a_file_follows_the_viewers_preference_and_a_page_the_text_around():
    alone, inline = (svg_text(drawn(DIAGRAMS["three"]), inline=inline) for inline in (False, True))
    assert "prefers-color-scheme: dark" in alone
    root = ET.fromstring(alone)
    assert root.get("color") == "#1c1e21", "where no style sheet is understood"
    assert root.find(f"{SVG}rect").get("fill") == "#ffffff"
    assert "<style" not in inline, "it would hold for the whole page"
    assert ET.fromstring(inline).get("color") is None
    assert 'fill="currentColor"' in inline


def test_png_shows_the_boxes():
    figure = drawn(diagram(CHAIN))
    with Image.open(io.BytesIO(png_bytes(figure, scale=1))) as picture:
        assert picture.size == (round(figure.width + 0.5), round(figure.height + 0.5))
        colours = {picture.getpixel((x, picture.height - 24)) for x in range(picture.width)}
    tints = {png._mixed(tint, 0.16) for tint in ("#0072b2", "#009e73", "#e69f00")}
    assert tints <= colours


def test_a_large_picture_is_bounded(monkeypatch):
    monkeypatch.setattr(png, "MOST_PIXELS", 200_000)
    figure = drawn(DIAGRAMS["forty"])
    with Image.open(io.BytesIO(png_bytes(figure))) as picture:
        assert picture.width * picture.height <= 210_000
        assert picture.width < figure.width


def test_png_is_written_without_the_fonts_of_a_desktop(monkeypatch):
    monkeypatch.setattr(png, "FONTS", ("absent.ttf", "absent-bold.ttf"))
    png._font.cache_clear()
    try:
        assert png_bytes(drawn(DIAGRAMS["three"])).startswith(b"\x89PNG")
    finally:
        png._font.cache_clear()


def test_mermaid():
    drawing = Diagram(
        "",
        [Box("a", "producer", ("1 task",)), Box('say "hi"', "stateful processor"), Box("c", "consumer")],
        [Line("a", 'say "hi"', "8"), Line('say "hi"', "c", is_dashed=True)],
    )
    assert mermaid_text(drawing) == (
        "flowchart LR\n"
        '    n0(["a<br/>1 task"])\n'
        '    n1[["say #34;hi#34;"]]\n'
        '    n2[/"c"/]\n'
        '    n0 -->|"8"| n1\n'
        "    n1 -.-> n2\n"
    )


def test_the_format_is_told_by_the_file_or_by_name(tmp_path):
    assert format_of("flow.SVG", None) == "svg"
    assert format_of(tmp_path / "flow.mmd", None) == "mermaid"
    assert format_of("flow.txt", "png") == "png"
    assert format_of(None, None) == "svg"
    with pytest.raises(ValueError, match=r"flow\.jpg .* end it in \.svg, \.png, \.mmd, \.mermaid"):
        format_of("flow.jpg", None)
    with pytest.raises(ValueError, match="format is svg, png or mermaid, got 'dot'"):
        format_of("flow.svg", "dot")


def test_files_hold_what_is_returned(tmp_path):
    for name, chosen in (("a.svg", "svg"), ("a.png", "png"), ("a.mmd", "mermaid")):
        saved(DIAGRAMS["three"], tmp_path / name, chosen)
        data = rendered(DIAGRAMS["three"], chosen)
        assert (tmp_path / name).read_bytes() == (data.encode() if isinstance(data, str) else data)

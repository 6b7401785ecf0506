"""A diagram as text for Mermaid, which GitHub, GitLab and many editors draw."""

from __future__ import annotations

from daskflow.diagram.content import CONSUMER, PRODUCER, STATEFUL, Box, Diagram, shown

_SHAPES = {PRODUCER: ("([", "])"), CONSUMER: ("[/", "/]"), STATEFUL: ("[[", "]]")}


def mermaid_text(diagram: Diagram) -> str:
    """A flowchart from left to right; names are escaped, so that any can be drawn."""
    ids = {box.name: f"n{i}" for i, box in enumerate(diagram.boxes)}
    lines = ["flowchart LR"]
    lines += [f"    {ids[box.name]}{_shape(box)}" for box in diagram.boxes]
    for line in diagram.lines:
        arrow = "-.->" if line.is_dashed else "-->"
        label = f'|"{_escaped(line.label)}"|' if line.label else ""
        lines.append(f"    {ids[line.source]} {arrow}{label} {ids[line.target]}")
    return "\n".join(lines) + "\n"


def _shape(box: Box) -> str:
    before, behind = _SHAPES.get(box.kind, ("[", "]"))
    text = "<br/>".join(_escaped(part) for part in (box.name, *box.words))
    return f'{before}"{text}"{behind}'


def _escaped(text: str) -> str:
    """Mermaid's entity codes for all that could end the text, be read as HTML, or as Markdown."""
    return "".join(ch if ch.isalnum() or ch in " _," else f"#{ord(ch)};" for ch in shown(text))

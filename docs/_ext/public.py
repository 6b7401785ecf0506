"""The directive ``{public}``: the reference of a package's public names, from their docstrings.

A table of what is there, then each name in full. A new name in ``__all__`` appears by itself.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from public_names import PublicName, chosen, public_names
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.parsing import nested_parse_to_nodes

from daskflow import Node

KINDS = (*(name.name for name in public_names("daskflow.core.node")), "object")
"""What these have is told once, and not again of each node."""

SHOWN = (str, int, float, bool)
"""Constants of these types are shown with their value; others would fill the page."""


class Public(SphinxDirective):
    """``{public} PACKAGE`` with options of `public_names.chosen`, and ``inherited`` for inherited members."""

    has_content = False
    required_arguments = 1
    option_spec = {
        "within": directives.unchanged_required,
        "only": directives.unchanged_required,
        "besides": directives.unchanged_required,
        "inherited": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        package = self.arguments[0]
        choice = {key: value for key, value in self.options.items() if key != "inherited"}
        names = chosen(package, **choice)
        if not names:
            raise self.error(f"{package} has no public names of which {choice} could be true")
        lines = _table(names) if len(names) > 1 else []
        for name in names:
            lines += _entry(name, is_inherited="inherited" in self.options)
        # reStructuredText, as docstrings are; the page around it is Markdown.
        wrapped = StringList(["```{eval-rst}", *lines, "```"], self.get_source_info()[0])
        return nested_parse_to_nodes(self.state, wrapped)


def _table(names: list[PublicName]) -> list[str]:
    lines = [".. list-table::", "   :class: public-names", "   :widths: auto", ""]
    for name in names:
        role = "data" if name.directive == "data" else "obj"
        lines += [f"   * - :py:{role}:`~{name.path}`", f"     - {name.summary}"]
    return [*lines, ""]


def _entry(name: PublicName, *, is_inherited: bool) -> list[str]:
    if name.directive == "data":
        head = [f".. py:data:: {name.path}"]
        if isinstance(name.value, SHOWN):
            head.append(f"   :value: {name.value!r}")
        return [*head, "", *(f"   {line}" for line in name.docstring.splitlines()), ""]
    options = [] if name.directive == "autofunction" else ["   :members:"]
    if name.directive == "autoclass" and (is_inherited or issubclass(name.value, Node)):
        options.append(f"   :inherited-members: {', '.join(KINDS)}")
    return [f".. {name.directive}:: {name.path}", *options, ""]


def skip_fields(app: Sphinx, what: str, name: str, member: Any, skip: bool, options: Any) -> bool | None:
    """Fields of named tuples say by themselves that they are "alias for field number 0", and no more."""
    is_alias = str(getattr(member, "__doc__", "")).startswith("Alias for field number")
    return True if is_alias else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("autodoc-skip-member", skip_fields)
    app.add_directive("public", Public)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

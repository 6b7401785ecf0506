"""Code in the running text that names something public is a link to its place in the reference.

So pages need not say where ``VideofileWriter`` or ``flow.metrics()`` is described, and read well without the
site. Names that mean several things, such as ``Event``, stay as they are, except in a docstring that says it
by its full name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from docutils import nodes
from public_names import ambiguous_names
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.python import PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

logger = logging.getLogger(__name__)

NAME = re.compile(r"@?([A-Za-z_][\w.]*)(\(.*\))?", re.S)
PAGE = re.compile(r"docs/([\w/-]+)\.md")
PREFIXES = {"flow.": "Flow.", "ctx.": "Context.", "self.": ""}
"""What examples call the objects."""


def places(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """Page and anchor by name: full, by class and member, and alone where only one thing is called so."""
    found = getattr(env, "_daskflow_places", None)
    if found is not None:
        return dict(found)
    domain = env.domains["py"]
    assert isinstance(domain, PythonDomain)
    by_name: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for full, entry in domain.objects.items():
        place = (entry.docname, entry.node_id)
        by_name[full].add(place)
        parts = full.split(".")
        if entry.aliased:
            continue
        if entry.objtype in ("class", "exception", "function", "data"):
            by_name[parts[-1]].add(place)
        elif len(parts) > 2:
            by_name[".".join(parts[-2:])].add(place)
    for name in ambiguous_names():
        by_name.pop(name, None)
    found = {name: next(iter(where)) for name, where in by_name.items() if len(where) == 1}
    env._daskflow_places = found  # type: ignore[attr-defined]
    return found


def link_code(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Make links of code in the text."""
    known = places(app.env)
    for literal in list(document.findall(nodes.literal)):
        if _is_inside(literal, (nodes.reference, nodes.title, addnodes.desc_signature)):
            continue
        page = PAGE.fullmatch(literal.astext())
        if page is not None and page[1] in app.env.titles:
            title = nodes.inline("", app.env.titles[page[1]].astext())
            literal.replace_self(make_refnode(app.builder, docname, page[1], "", title))
            continue
        match = NAME.fullmatch(literal.astext())
        place = None if match is None else _place(match[1], known)
        # Lower-case words are seldom the function of that name, unless they are written as a call.
        if place is None or match is None or (match[1].islower() and "." not in match[1] and not match[2]):
            continue
        if place[0] == docname and _is_inside(literal, (addnodes.desc,), place[1]):
            continue
        link = make_refnode(app.builder, docname, *place, literal.deepcopy())
        literal.replace_self(link)


def _place(name: str, known: dict[str, tuple[str, str]]) -> tuple[str, str] | None:
    for prefix, instead in PREFIXES.items():
        if name.startswith(prefix):
            return known.get(instead + name.removeprefix(prefix))
    return known.get(name)


def _is_inside(node: nodes.Node, kinds: tuple[type, ...], anchor: str | None = None) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds) and (anchor is None or anchor in node[0].get("ids", ())):  # type: ignore[index]
            return True
    return False


def resolve(app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, inner: nodes.Element) -> Any:
    """Names in docstrings, which are written as short as can be: `NodeError`, `Flow.run`."""
    if node.get("refdomain") != "py":
        return None
    name = node["reftarget"].removesuffix("()")
    place = places(env).get(name)
    if place is None:
        if name.startswith("daskflow."):
            logger.warning("nothing in the reference is called %s", name, location=node)
        return None
    return make_refnode(app.builder, node.get("refdoc", env.docname), *place, inner)


def forget(app: Sphinx) -> None:
    """The environment may be that of an earlier build, whose pages were others."""
    app.env._daskflow_places = None  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("builder-inited", forget)
    app.connect("doctree-resolved", link_code)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

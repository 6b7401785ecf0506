"""Links from pages to files of the repository that are outside of ``docs``, such as ``../examples/x.py``.

They work where the Markdown is read as it is. In the site a link to a page that is included there, such as
``../CONTRIBUTING.md``, leads to that page, and one to any other file to a page that shows the file.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).parents[2]
FOLDER = "files"
"""Where in the site the files are shown."""

PAGES = {
    "README.md": "index",
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "examples": "examples",
    "examples/README.md": "examples",
}
"""Files of the repository that are pages of the site, as a whole or in substance."""

MOST_BYTES = 400_000
"""A longer file is left out of the page of its folder."""


def lead_into_the_site(app: Sphinx, document: nodes.document) -> None:
    """Find links of a page that leave ``docs``, and make them references which `resolve` knows."""
    folder = (Path(app.srcdir) / app.env.docname).parent
    for kind in (addnodes.download_reference, addnodes.pending_xref):
        for node in list(document.findall(kind)):
            if node.get("reftype") != "myst":
                continue
            target, _, anchor = node["reftarget"].partition("#")
            if node.get("refdomain") == "doc":  # Markdown: one of ours, or a path without its extension
                if node.astext().endswith(".md"):
                    node["refexplicit"] = False  # [cameras.md](cameras.md) is shown with the page's title
                if target in app.env.found_docs:
                    continue
                target, anchor = f"{target}.md", node.get("reftargetid") or ""
            found = _found(target, folder)
            if found is None:
                continue
            reference = addnodes.pending_xref("", *(child.deepcopy() for child in node.children))
            page = _page_of(app.env, found)
            if page is not None:  # for MyST, which finds headings
                anchor = "" if found == "README.md" else anchor
                is_explicit = not node.astext().endswith(".md")
                said = {"reftype": "myst", "refdomain": "doc", "reftarget": page, "reftargetid": anchor}
            else:
                is_explicit = True
                said = {"reftype": "repository-file", "refdomain": "", "reftarget": found}
                files = getattr(app.env, "repository_files", {})
                files.setdefault(app.env.docname, set()).add(found)
                app.env.repository_files = files  # type: ignore[attr-defined]
            reference.attributes.update(said, refdoc=app.env.docname, refexplicit=is_explicit)
            reference.source, reference.line = node.source, node.line
            node.replace_self(reference)


def _found(target: str, folder: Path) -> str | None:
    """The path in the repository of what a link leads to, where that is outside of ``docs``."""
    for base in (folder, ROOT, ROOT / "examples"):  # a page that is included has links from where it is
        path = Path(os.path.normpath(base / target))
        if target and path.exists() and path.is_relative_to(ROOT):
            inside = path.relative_to(ROOT).as_posix()
            is_source = inside.startswith("docs/") and path.suffix != ".md"
            return None if is_source else inside
    return None


def _page_of(env: BuildEnvironment, path: str) -> str | None:
    page = PAGES.get(path)
    if path.startswith("docs/"):
        page = path.removeprefix("docs/").removesuffix(".md")
    return page if page in env.found_docs else None


def resolve(app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, inner: nodes.Node) -> Any:
    """Lead a reference of `lead_into_the_site` to its page."""
    if node["reftype"] != "repository-file":
        return None
    path = node["reftarget"]
    uri = app.builder.get_relative_uri(node["refdoc"], f"{FOLDER}/{path}")
    return nodes.reference("", "", *(c.deepcopy() for c in node.children), internal=True, refuri=uri)


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each file that is linked, and for each file of a folder that is."""
    linked = set().union(*getattr(app.env, "repository_files", {}).values())
    for path in sorted(linked):
        if (ROOT / path).is_dir():
            linked.update(f"{path}/{file.name}" for file in _files_in(ROOT / path))
    for path in sorted(linked):
        body = _listing(path) if (ROOT / path).is_dir() else _shown(app, path)
        title = html.escape(path)
        context = {"title": path, "body": f"<section><h1>{title}</h1>{body}</section>", "parents": []}
        yield f"{FOLDER}/{path}", context, "page.html"


def _files_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and file.stat().st_size < MOST_BYTES)


def _listing(path: str) -> str:
    name = PurePosixPath(path).name
    files = [html.escape(file.name) for file in _files_in(ROOT / path)]
    return "<ul>" + "".join(f'<li><a href="{name}/{file}.html">{file}</a></li>' for file in files) + "</ul>"


def _shown(app: Sphinx, path: str) -> str:
    try:
        lexer = get_lexer_for_filename(path).aliases[0]
    except ClassNotFound:
        lexer = "text"
    text = (ROOT / path).read_text(errors="replace")
    if path.endswith(".ipynb"):
        lexer, text = "python", _cells(text)
    return app.builder.highlighter.highlight_block(text, lexer, linenos=False)  # type: ignore[attr-defined]


def _cells(notebook: str) -> str:
    """A notebook as a program: what is told in it becomes comments."""
    told = []
    for cell in json.loads(notebook)["cells"]:
        lines = "".join(cell["source"]).splitlines()
        told += lines if cell["cell_type"] == "code" else [f"# {line}".rstrip() for line in lines]
        told.append("")
    return "\n".join(told)


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """A page is read anew, or gone."""
    getattr(env, "repository_files", {}).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Pages were read in another process."""
    files = getattr(env, "repository_files", {})
    files.update(getattr(other, "repository_files", {}))
    env.repository_files = files  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("doctree-read", lead_into_the_site, priority=400)  # before files to download are collected
    app.connect("missing-reference", resolve)
    app.connect("html-collect-pages", pages)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

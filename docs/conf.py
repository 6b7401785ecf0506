"""The docs as a site: ``python -m sphinx -W --keep-going -b html docs docs/_build/html``.

Built from this folder and the docstrings; needs ``pip install -e ".[vision,test,docs]"`` and no network.
Links into the docs of Python, NumPy and Dask are made where ``DASKFLOW_DOCS_INTERSPHINX`` is set.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpydoc.xref

sys.path[:0] = [str(Path(__file__).parent / "_ext"), str(Path(__file__).parents[1])]

from public_names import ambiguous_names, names_of_reference  # noqa: E402

from daskflow.version import __version__  # noqa: E402

project = "daskflow"
author = "the daskflow authors"
project_copyright = author
version = release = __version__
language = "en_GB"
smartquotes = False  # in types and defaults quotation marks are Python's

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_click",
    "public",
    "repository_files",
    "linked_names",
]
exclude_patterns = ["_build"]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# Docstrings: numpydoc; a name in single backticks is a link where it is known, else code.
default_role = "py:obj"
numpydoc_show_class_members = False  # autodoc lists them, with what is said of each
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"  # types are words, such as "sequence of str"; ours among them are links
AMBIGUOUS = ambiguous_names()
numpydoc_xref_aliases = {
    name.name: name.path
    for names in names_of_reference().values()
    for name in names
    if name.name[0].isupper() and name.name not in AMBIGUOUS
}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say the types, in words
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
python_display_short_literal_types = True
add_module_names = False
toc_object_entries_show_parents = "hide"

if os.environ.get("DASKFLOW_DOCS_INTERSPHINX"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "distributed": ("https://distributed.dask.org/en/stable", None),
    }
else:
    numpydoc.xref.DEFAULT_LINKS.clear()  # of `str`, `int`, … into the docs of Python, which are not at hand

# `-b linkcheck` asks every address on the pages; only these are no addresses to ask.
linkcheck_ignore = [r"https?://(127\.0\.0\.1|localhost|0\.0\.0\.0|camera|host|HOST|example\.com)\b.*"]
linkcheck_timeout = 20

html_theme = "furo"
html_title = "daskflow"
html_static_path = ["_static"]
html_css_files = ["daskflow.css"]
html_copy_source = False
html_show_sphinx = False
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True

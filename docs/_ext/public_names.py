"""Which names are public, where each is defined, and on which page of the reference it is.

Read from the packages' ``__init__`` files and from the pages themselves, so that neither says it twice.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


@dataclass(frozen=True)
class PublicName:
    """A name that users import.

    Attributes
    ----------
    package, name : str
        ``from package import name``.
    module : str
        Where it is defined.
    """

    package: str
    name: str
    module: str

    @property
    def path(self) -> str:
        """How the reference calls it."""
        return f"{self.package}.{self.name}"

    @cached_property
    def value(self) -> Any:
        """What it stands for; imports what defines it."""
        return getattr(importlib.import_module(self.package), self.name)

    @property
    def directive(self) -> str:
        """How Sphinx documents it."""
        if inspect.isclass(self.value):
            return "autoexception" if issubclass(self.value, BaseException) else "autoclass"
        return "autofunction" if inspect.isroutine(self.value) else "data"

    @cached_property
    def docstring(self) -> str:
        """What is said of it; of a constant the string below its assignment."""
        if self.directive != "data":
            return inspect.getdoc(self.value) or ""
        return constant_docstring(self.module, self.name)

    @property
    def summary(self) -> str:
        """The first paragraph of the docstring, as one line."""
        return " ".join(self.docstring.partition("\n\n")[0].split())


def constant_docstring(module: str, name: str) -> str:
    """The string that stands below the assignment of a constant, or an empty one."""
    body = ast.parse(_source_of(module).read_text()).body
    for statement, after in pairwise(body):
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            continue
        is_string = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(target, ast.Name) and target.id == name and is_string:
            return inspect.cleandoc(str(after.value.value))
    return ""


def public_names(package: str) -> list[PublicName]:
    """The names in a package's ``__all__``, or in a module without one its own classes and functions."""
    tree = ast.parse(_source_of(package).read_text())
    origins = {
        alias.asname or alias.name: node.module or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    module = importlib.import_module(package)
    named = getattr(module, "__all__", None)
    if named is None:
        named = [
            node.name
            for node in tree.body
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_")
        ]
    return [
        PublicName(package, name, origins.get(name, package)) for name in named if not name.startswith("__")
    ]


def chosen(package: str, within: str = "", only: str = "", besides: str = "") -> list[PublicName]:
    """The names of a package that a block of a page is about.

    Parameters
    ----------
    package : str
        Its dotted name.
    within : str
        Modules of the package, by their names there and with spaces between: what is defined in them.
    only, besides : str
        Names, with spaces between: these, or all but these.
    """
    names = public_names(package)
    if within:
        places = tuple(f"{package}.{place}" for place in within.split())
        names = [n for n in names if any(f"{n.module}.".startswith(f"{place}.") for place in places)]
    if only:
        names = [n for n in names if n.name in only.split()]
    names = [n for n in names if n.name not in besides.split()]
    # Errors that other packages name too are on one page.
    return [n for n in names if package == "daskflow.errors" or n.module != "daskflow.errors"]


BLOCK = re.compile(r"^```\{public\} (\S+)\n(.*?)^```", re.M | re.S)


def names_of_page(page: Path) -> list[PublicName]:
    """What the ``{public}`` blocks of a page of the reference are about."""
    return [
        name
        for package, options in BLOCK.findall(page.read_text())
        for name in chosen(
            package,
            **{
                key: value.strip()
                for key, value in re.findall(r"^:(within|only|besides):(.*)$", options, re.M)
            },
        )
    ]


def names_of_reference() -> dict[str, list[PublicName]]:
    """For each page of the reference, by its file name without extension, what it is about."""
    return {page.stem: names_of_page(page) for page in sorted(REFERENCE.glob("*.md"))}


def ambiguous_names() -> set[str]:
    """Names of several classes, public or not: alone they do not say which is meant."""
    sources = (path.read_text() for path in (ROOT / "daskflow").rglob("*.py"))
    counts = Counter(name for source in sources for name in re.findall(r"^class (\w+)", source, re.M))
    return {name for name, count in counts.items() if count > 1}


def _source_of(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")

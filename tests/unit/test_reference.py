"""The reference against the code: every public name is on a page of it, and says what its parameters are."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest

import daskflow

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))

from public_names import PublicName, chosen, names_of_reference, public_names

INSIDE = {
    "daskflow.cli": "commands, not imports",
    "daskflow.cluster.preloaded": "what a fork server preloads",
    "daskflow.consumers.basic": "a file of daskflow.consumers",
    "daskflow.diagram": "how pictures of flows are drawn",
    "daskflow.experiments.sweeps": "a folder of daskflow.experiments",
    "daskflow.ledger": "the state machine of a run",
    "daskflow.monitor.sampling": "how snapshots are made",
    "daskflow.plan.placement": "how tasks are placed",
    "daskflow.utils.graph": "a path of Videoflow programs",
}
"""What has an ``__all__`` and is not for users to import from, and why."""

INNER_NAMES = {"FusedNode"}
"""Nodes that the plan makes, and no user."""

UNSAID = {"self", "cls", "ctx", "state", "message", "*args", "**context", "**kwargs"}
"""Parameters that go without saying: those of every method; what `Node` tells of all its methods; the message
of every error."""

OBVIOUS = {"NotImplementedError", "RuntimeError"}
"""Errors of who has not read the rest: a method that a subclass has to have, a node that is not open."""

ON_PAGES = [name for names in names_of_reference().values() for name in names]


def packages() -> Iterator[str]:
    """All of daskflow that says what it gives to others."""
    yield "daskflow"
    for module in pkgutil.walk_packages(daskflow.__path__, "daskflow."):
        path = Path(daskflow.__file__).parent.joinpath(*module.name.split(".")[1:])
        source = path / "__init__.py" if module.ispkg else path.with_suffix(".py")
        if re.search(r"^__all__ = ", source.read_text(), re.M):
            yield module.name


@pytest.mark.parametrize("package", list(packages()))
def test_every_public_name_is_on_a_page(package):
    if package in INSIDE:
        assert package not in {name.package for name in ON_PAGES}
        return
    described = {id(name.value) for name in ON_PAGES}
    missing = [n.name for n in public_names(package) if id(n.value) not in described]
    assert set(missing) <= INNER_NAMES


def test_no_name_is_on_two_pages():
    paths = [name.path for name in ON_PAGES]
    assert [path for path in paths if paths.count(path) > 1] == []


def test_a_block_chooses_by_module_and_by_name():
    vision = "daskflow.processors.vision"
    assert [n.name for n in chosen(vision, within="tracking")] == ["Tracker"]
    assert "Flow" not in {n.name for n in chosen("daskflow", besides="Flow")}
    assert "DeadLetterError" not in {n.name for n in chosen("daskflow.deadletters")}


@pytest.mark.parametrize("name", ON_PAGES, ids=lambda name: name.path)
def test_docstring_says_it_all(name: PublicName):
    assert name.summary.endswith((".", ":")), "a summary is a sentence"
    if inspect.isclass(name.value):
        assert list(faults_of_class(name.value, name.docstring)) == []
    elif name.directive != "data":
        assert list(faults_of(name.value, name.docstring)) == []


def faults_of_class(kind: type, docstring: str) -> Iterator[str]:
    """What the docstrings of a class and its own public methods and properties lack."""
    inherits = "__init__" not in vars(kind) and not is_dataclass(kind)
    yield from faults_of(kind, docstring, *(base.__doc__ for base in kind.__mro__[1:] if inherits))
    for name, value in vars(kind).items():
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        is_public = name == "__call__" or not name.startswith("_")
        if is_public and (inspect.isfunction(value) or isinstance(value, property)):
            said = [getattr(getattr(base, name, None), "__doc__", None) for base in kind.__mro__[1:]]
            yield from (f"{name}: {fault}" for fault in faults_of(value, inspect.getdoc(value), *said))


def faults_of(value: Any, docstring: str | None, *inherited: str | None) -> Iterator[str]:
    """What a docstring lacks of which those that it inherits do not speak either."""
    if not docstring:
        yield "no docstring"
        return
    if isinstance(value, property):
        return
    said = sections_of(docstring)
    wanted = set(parameters_of(value))
    surplus = said["Parameters"] - wanted
    options = {parameter for parameter in wanted if parameter.startswith("**")}
    lacking = wanted - UNSAID - said["Parameters"] - said["Attributes"]
    if inspect.isfunction(value) and not said["Parameters"]:  # a short one says it in a sentence
        lacking -= {parameter for parameter in lacking if f"`{parameter.lstrip('*')}`" in docstring}
    for text in filter(None, inherited):
        lacking -= sections_of(inspect.cleandoc(text))["Parameters"]
    if surplus:  # what goes on to a base as **options may be said by name
        lacking -= options
    told = " ".join([docstring, *filter(None, inherited)])
    yield from (f"{error} is not documented" for error in sorted(errors_of(value)) if error not in told)
    yield from (f"{parameter} is not documented" for parameter in sorted(lacking))
    yield from (f"{parameter} is no parameter" for parameter in sorted(surplus) if not options)


def parameters_of(value: Any) -> Iterator[str]:
    """The public parameters, as numpydoc writes them."""
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    try:
        parameters = inspect.signature(value).parameters.values()
    except ValueError:  # such as of a list
        return
    for parameter in parameters:
        if not parameter.name.startswith("_"):
            yield stars.get(parameter.kind, "") + parameter.name


def errors_of(value: Any) -> set[str]:
    """What a function, or the constructor of a class, raises itself, by the words of its source."""
    if inspect.isclass(value):
        value = vars(value).get("__post_init__") or vars(value).get("__init__")
    if not inspect.isfunction(value) or value.__code__.co_filename.startswith("<"):  # made by dataclass
        return set()
    tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
    calls = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    names = [node.func.id for node in calls if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return {name for name in names if name[0].isupper()} - OBVIOUS


def sections_of(docstring: str) -> dict[str, set[str]]:
    """For each section of a numpydoc docstring the names of its items; empty for one that it lacks."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", docstring, flags=re.M)
    sections: dict[str, set[str]] = defaultdict(set)
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        for line in re.findall(r"^(?! )(\S[^:\n]*)", body, re.M):
            sections[title] |= {name.strip() for name in line.replace("\\", "").split(",")}
    return sections


def test_a_docstring_that_lacks_something_would_be_noticed():
    def tell(name, *values, loud=False):
        """Say it.

        Parameters
        ----------
        name, volume : str
            To whom, and how.
        *values
            What.
        """
        raise KeyError(name)

    assert list(faults_of(tell, inspect.getdoc(tell) or "")) == [
        "KeyError is not documented",
        "loud is not documented",
        "volume is no parameter",
    ]
    assert list(faults_of(tell, "")) == ["no docstring"]


def test_modules_of_the_reference_are_there():
    assert [n.path for n in ON_PAGES if not hasattr(importlib.import_module(n.module), n.name)] == []

"""README and docs against the code: what they name is there. What they show is run by `tests/cluster`."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import daskflow
from tests.pages import PAGES, ROOT

PACKAGE = Path(daskflow.__file__).parent
TEXTS = [*PAGES, *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "examples/README.md"))]


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_paths_exist(page):
    text = page.read_text()
    named = set(re.findall(r"\b(?:daskflow|examples|tests|docs)/[\w/.-]*\w", text))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_files_named_without_their_folder_exist():
    """On pages about the code, which name the folder once."""
    files = {file.name for file in PACKAGE.rglob("*.py")}
    for page in [ROOT / "docs" / "architecture.md", *sorted((ROOT / "docs" / "inside").glob("*.md"))]:
        named = set(re.findall(r"`(\w+\.py)`", page.read_text()))
        assert named <= files, (page.name, named - files)


def resolved(dotted: str) -> object:
    """What a dotted name stands for: a module, or something in one, however deep."""
    parts = dotted.split(".")
    for i in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:i]))
        except ModuleNotFoundError as error:
            if error.name is None or not dotted.startswith(error.name):
                raise
            continue
        for part in parts[i:]:
            found = getattr(found, part)
        return found
    raise AssertionError(dotted)


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_dotted_names_stand_for_something(page):
    """Those of modules: options in Dask's configuration, loggers and attributes of spans begin alike."""
    modules = {module.name for module in pkgutil.iter_modules(daskflow.__path__)}
    for dotted in sorted(set(re.findall(r"`(daskflow(?:\.\w+)+)", page.read_text()))):
        if dotted.split(".")[1] in modules:
            resolved(dotted)


def test_tests_that_are_named_exist():
    for page in TEXTS:
        for path, *names in (
            each.split("::") for each in re.findall(r"`(tests/[\w/]+\.py::[\w:]+)`", page.read_text())
        ):
            scope = ast.parse((ROOT / path).read_text())
            for name in names:
                (scope,) = [node for node in scope.body if getattr(node, "name", None) == name]


def test_messages_to_look_up_are_those_of_the_code():
    """What varies in a message is ``…`` on the page."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    messages = re.findall(r"^(?:\*\*|- )`([^`]*)`", page, re.M)
    assert len(messages) >= 25
    said = "\n".join(
        message for file in PACKAGE.rglob("*.py") for message in texts_of(ast.parse(file.read_text()))
    )
    unknown = [m for m in messages if not re.search(".*".join(map(re.escape, m.split("…"))), said)]
    assert unknown == []


def texts_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.replace("\n", " ")
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield "".join(map(str, parts)).replace("\n", " ")


def test_ci_runs_the_readmes_test_command():
    line = next(line for line in (ROOT / "README.md").read_text().splitlines() if line.endswith("&& pytest"))
    script = (ROOT / ".ci" / "run").read_text().rstrip()
    install, _, test = line.partition(" && ")
    assert install.removeprefix("pip install ") in script
    assert script.endswith(test)
    assert "./check lint types docs\n" in script, "all steps of the check but the tests, which come last"


def test_every_example_says_what_to_look_at_and_needs_no_guard():
    examples = list((ROOT / "examples").glob("*.py"))
    assert len(examples) >= 7
    for example in examples:
        assert "Look at" in (ast.get_docstring(ast.parse(example.read_text())) or ""), example
        assert "__main__" not in example.read_text(), example


def test_every_example_is_in_the_table_of_examples():
    table = (ROOT / "examples" / "README.md").read_text()
    examples = [path for path in (ROOT / "examples").iterdir() if path.suffix in (".py", ".ipynb")]
    assert [path.name for path in examples if f"| [{path.name}]({path.name}) | " not in table] == []

"""README and docs against the code: what they show compiles, what they name is there."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


def python_blocks() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for i, block in enumerate(re.findall(r"^```python\n(.*?)^```", page.read_text(), re.M | re.S)):
            yield f"{page.name}-{i}", block


BLOCKS = dict(python_blocks())


def test_there_is_code_to_check():
    assert {"README.md-0", "writing-nodes.md-0"} <= set(BLOCKS)


@pytest.mark.parametrize("name", BLOCKS)
def test_code_compiles_and_what_it_imports_exists(name):
    for node in ast.walk(ast.parse(BLOCKS[name], filename=name)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("daskflow"):
            module = importlib.import_module(node.module)
            missing = [alias.name for alias in node.names if not hasattr(module, alias.name)]
            assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_exist(page):
    text = page.read_text()
    named = set(re.findall(r"\b(?:daskflow|examples|tests|docs)/[\w/.-]*\w", text))
    linked = {link.partition("#")[0] for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text)}
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert [path for path in linked if path and not (page.parent / path).exists()] == []


def test_daskflow_names_in_the_table_of_videoflow_names_exist():
    text = (ROOT / "docs" / "coming-from-videoflow.md").read_text()
    for dotted in set(re.findall(r"`(daskflow\.[\w.]+)", text)):
        module, _, name = dotted.rpartition(".")
        try:
            importlib.import_module(dotted)
        except ModuleNotFoundError:
            assert hasattr(importlib.import_module(module), name), dotted


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

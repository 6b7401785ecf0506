"""The floors of the package: who may import whom, how long a file is, what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import daskflow

PACKAGE = Path(daskflow.__file__).parent
TESTS = Path(__file__).parents[1]

FLOORS = [
    {"errors", "version"},
    {"core"},
    {"scene", "diagram", "options"},
    {"plan", "ledger", "producers", "processors", "consumers", "utils", "deadletters"},
    {"transport"},
    {"runtime", "monitor"},
    {"cluster"},
    {"running", "advice"},
    {"attached", "awaited"},
    {"flow"},
    {"experiments", "replay", "testing"},
    {"cli"},
]
"""Places in the package, lowest first. One imports from itself and from those on lower floors."""

FENCES = {
    "errors": {"dask", "distributed", "cv2", "av", "bokeh", "rich", "click"},
    "core": {"dask", "distributed", "cv2", "av", "bokeh", "rich", "click"},
    "diagram": {"dask", "distributed", "cv2", "av", "bokeh", "rich", "click"},
    "scene": {"dask", "distributed", "cv2", "av", "bokeh", "rich", "click"},
    "options": {"distributed", "cv2", "av", "bokeh", "rich", "click"},
    "plan": {"distributed", "cv2", "av", "bokeh"},
    "ledger": {"dask", "distributed", "cv2", "av", "bokeh", "asyncio", "socket", "time", "threading"},
    "transport": {"cv2", "av", "bokeh"},
    "testing": {"dask", "distributed", "cv2", "av", "bokeh", "rich", "click"},
    "deadletters": {"dask", "distributed", "cv2", "av", "bokeh", "rich", "click"},
    "runtime": {"cv2", "av", "bokeh"},
    "producers": {"dask", "distributed", "bokeh"},
    "processors": {"dask", "distributed", "bokeh"},
    "consumers": {"dask", "distributed", "bokeh"},
}
"""What a place may not import from outside."""

THROUGH_THE_FENCE = {"producers/dask_queue.py": "distributed"}
"""Files that are about a package behind the fence, and load it in their methods."""

MOST_LINES = 400

FILES = sorted(PACKAGE.rglob("*.py"))


def place_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def floor_of(place: str) -> int:
    (floor,) = [i for i, places in enumerate(FLOORS) if place in places]
    return floor


def imported(tree: ast.Module) -> Iterator[str]:
    """The dotted names of all modules that a file imports, also inside of functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield node.module or ""
            if node.module == "daskflow":
                yield from (f"daskflow.{alias.name}" for alias in node.names)


def without_lazy_names(source: str) -> ast.Module:
    """A file without its module-level ``__getattr__``, which is how `Flow` gets its names further down."""
    tree = ast.parse(source)
    tree.body = [n for n in tree.body if not (isinstance(n, ast.FunctionDef) and n.name == "__getattr__")]
    return tree


def wrong_imports(place: str, tree: ast.Module) -> list[str]:
    wrong = []
    for name in imported(tree):
        top, _, rest = name.partition(".")
        if top != "daskflow":
            if top in FENCES.get(place, ()):
                wrong.append(name)
        elif rest:
            other = rest.partition(".")[0]
            if other != place and not (PACKAGE / other).exists() and not (PACKAGE / f"{other}.py").exists():
                continue  # a name of the package itself, not a module
            if other != place and floor_of(other) >= floor_of(place):
                wrong.append(name)
    return wrong


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if file.parent != PACKAGE or file.name != "__init__.py"],  # that names all floors
    ids=lambda file: str(file.relative_to(PACKAGE)),
)
def test_imports_go_down_and_stay_inside_the_fence(file):
    allowed = THROUGH_THE_FENCE.get(file.relative_to(PACKAGE).as_posix())
    wrong = wrong_imports(place_of(file), without_lazy_names(file.read_text()))
    assert [name for name in wrong if name.partition(".")[0] != allowed] == []


@pytest.mark.parametrize(
    ("place", "source", "wrong"),
    [
        ("core", "import dask.array", ["dask.array"]),
        ("core", "def f():\n    from distributed import Client", ["distributed"]),
        ("ledger", "from daskflow.transport import wire", ["daskflow.transport"]),
        ("ledger", "from daskflow import Flow, flow", ["daskflow.flow"]),
        ("plan", "from daskflow.ledger import Ledger", ["daskflow.ledger"]),
        ("cluster", "from daskflow.runtime.task import Task\nimport distributed", []),
    ],
)
def test_the_checks_above_would_notice(place, source, wrong):
    assert wrong_imports(place, ast.parse(source)) == wrong


def test_no_file_is_long():
    lines = {str(file): len(file.read_text().splitlines()) for file in [*FILES, *TESTS.rglob("*.py")]}
    assert {file: count for file, count in lines.items() if count > MOST_LINES} == {}


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if file.name == "__init__.py"],
    ids=lambda file: str(file.relative_to(PACKAGE)),
)
def test_init_files_only_name_things(file):
    tree = ast.parse(file.read_text())
    assert ast.get_docstring(tree), "says what the folder holds"
    for node in tree.body[1:]:
        assert isinstance(node, (ast.Import, ast.ImportFrom)) or _names_things(node), ast.unparse(node)


def _names_things(node: ast.stmt) -> bool:
    """``__all__``, the lazy ``__getattr__``, or imports for type checkers."""
    if isinstance(node, ast.FunctionDef):
        return node.name == "__getattr__"
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING" and not node.orelse
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) in ("__all__", "__getattr__")
    return False


def test_no_file_is_called_after_nothing():
    names = {part for file in FILES for part in file.relative_to(PACKAGE).with_suffix("").parts}
    assert not names & {"util", "helpers", "helper", "common", "misc"}
    # `utils` is an import path of Videoflow programs, and nothing but one.
    for file in (PACKAGE / "utils").glob("*.py"):
        assert not [
            n for n in ast.parse(file.read_text()).body if isinstance(n, (ast.FunctionDef, ast.ClassDef))
        ]


@pytest.mark.parametrize(
    "statement",
    [
        "import daskflow",
        "import daskflow.core",
        "import daskflow.producers, daskflow.processors, daskflow.consumers, daskflow.scene",
        "import daskflow.processors.vision",
    ],
)
def test_imports_are_cheap(statement):
    heavy = (
        *("cv2", "av", "supervision", "bokeh", "cupy", "dask", "distributed", "rich"),
        "prometheus_client",
        *("trackers", "onnxruntime", "pyarrow", "scipy"),
    )
    code = f"{statement}\nimport sys\nprint([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr


def test_a_flow_needs_no_video_libraries():
    code = (
        "from daskflow import Flow\nimport sys\nprint([n for n in ('cv2', 'av', 'cupy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr


def test_public_names_exist():
    missing = [name for name in daskflow.__all__ if not hasattr(daskflow, name)]
    assert not missing
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        _ = daskflow.absent

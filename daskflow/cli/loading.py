"""A flow out of a Python file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import cloudpickle

from daskflow.cli.complaints import FlowProblem, UsageProblem
from daskflow.core.pickling import FLOW_FILE
from daskflow.flow import Flow

FACTORIES = ("build", "build_flow")


class _RunReached(BaseException):
    """Leaves a file where it runs its flow; no `Exception`, so that the file does not catch it."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self.flow = flow


def load_flow(target: str) -> Flow:
    """The flow that a file makes.

    Parameters
    ----------
    target : str
        ``FILE.py``, or ``FILE.py:NAME`` with the name of a function that returns the flow or of the flow.

    Raises
    ------
    UsageProblem
        There is no such file, or it is not clear what in it is meant.
    FlowProblem
        The file or its function raised.

    Notes
    -----
    A file that calls `Flow.run`, `Flow.profile` or `Flow.advise` is executed up to there, and that flow is
    returned, not started.
    """
    path, name = _split(target)
    with _stopping_at_run(), _arguments_of(path):
        try:
            found, value = _found(_executed(path), name, path)
            return _made(value, f"{path}:{found}")
        except _RunReached as reached:
            return reached.flow


def load_build(target: str) -> Callable[..., Flow]:
    """What makes the flow of a file anew at each call, to be run again and again.

    Parameters
    ----------
    target : str
        As for `load_flow`.

    Returns
    -------
    callable
        The file's function, with its parameters; where the file has a flow instead, a function without any,
        which executes the file again.

    Raises
    ------
    UsageProblem
        There is no such file, or it is not clear what in it is meant.
    FlowProblem
        The file raised. The callable raises it too, where the function or the file does later.
    """
    path, name = _split(target)
    with _stopping_at_run(), _arguments_of(path):
        try:
            found, build = _found(_executed(path), name, path)
        except _RunReached:
            build = None
    if build is None or isinstance(build, Flow):

        def again() -> Flow:
            return load_flow(target)

        again.flow_file = path.resolve()  # type: ignore[attr-defined]  # where the commit is looked for
        return again
    if not callable(build):
        _made(build, f"{path}:{found}")  # which refuses it

    @wraps(build)
    def built(*arguments: Any, **options: Any) -> Flow:
        with _stopping_at_run(), _arguments_of(path):
            try:
                return _made(lambda: build(*arguments, **options), f"{path}:{found}")
            except _RunReached as reached:
                return reached.flow

    return built


@contextmanager
def _arguments_of(path: Path) -> Iterator[None]:
    """Show the file the command line of a program of its own, not that of ``daskflow``."""
    ours, sys.argv = sys.argv, [str(path)]
    try:
        yield
    finally:
        sys.argv = ours


def _split(target: str) -> tuple[Path, str | None]:
    path, name = Path(target), None
    if not path.exists() and ":" in target:
        file, _, name = target.rpartition(":")
        path = Path(file)
    if not path.is_file():
        raise UsageProblem(f"there is no file {path}")
    return path, name or None


def _executed(path: Path) -> ModuleType:
    try:
        code = compile(path.read_bytes(), str(path.resolve()), "exec")
    except (SyntaxError, ValueError) as error:
        raise FlowProblem(f"{path} is not Python: {error}") from error
    module = ModuleType(FLOW_FILE)
    module.__file__ = str(path.resolve())
    sys.modules[FLOW_FILE] = module  # dataclasses look their module up
    cloudpickle.register_pickle_by_value(module)
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # where the file's own imports are; workers are given it too
    _guarded(lambda: exec(code, module.__dict__), str(path))
    return module


def _found(module: ModuleType, name: str | None, path: Path) -> tuple[str, Any]:
    """The flow or the function that is meant, and what it is called."""
    found = vars(module)
    if name is not None:
        if name not in found:
            raise UsageProblem(f"{path} has no {name}: {_contents(found)}")
        return name, found[name]
    flows = {id(value): key for key, value in found.items() if isinstance(value, Flow)}
    if len(flows) == 1:
        flow = next(iter(flows.values()))
        return flow, found[flow]
    if flows:
        _unclear(path, found)
    for factory in FACTORIES:
        if callable(found.get(factory)):
            return factory, found[factory]
    _unclear(path, found)


def _made(value: Any, what: str) -> Flow:
    if isinstance(value, Flow):
        return value
    if not callable(value):
        raise UsageProblem(
            f"{what} is of type {type(value).__name__}: name a Flow, or a function that returns one"
        )
    flow = _guarded(value, f"{what}()")
    if not isinstance(flow, Flow):
        raise UsageProblem(f"{what}() returned something of type {type(flow).__name__}, not a Flow")
    return flow


def _guarded(call: Callable[[], Any], what: str) -> Any:
    try:
        return call()
    except Exception as error:  # whatever the user's code raises is shown as theirs
        raise FlowProblem(f"{what} failed: {type(error).__name__}: {error}", error) from error


def _unclear(path: Path, found: dict[str, Any]) -> NoReturn:
    raise UsageProblem(
        f"it is not clear which flow of {path} to take: {_contents(found)}. Expected one global Flow, or a "
        f"function {' or '.join(FACTORIES)}; or say which with {path}:NAME"
    )


def _contents(found: dict[str, Any]) -> str:
    flows = sorted(key for key, value in found.items() if isinstance(value, Flow))
    functions = sorted(
        key
        for key, value in found.items()
        if callable(value) and not isinstance(value, type) and getattr(value, "__module__", None) == FLOW_FILE
    )
    return f"it has the flows {_listed(flows)} and the functions {_listed(functions)}"


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "(none)"


@contextmanager
def _stopping_at_run() -> Iterator[None]:
    originals = Flow.run, Flow.profile

    def run(self: Flow, *arguments: Any, **options: Any) -> NoReturn:
        raise _RunReached(self)

    Flow.run = Flow.profile = run  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Flow.run, Flow.profile = originals  # type: ignore[method-assign]

"""A page of the docs as a reader tries it: its Python blocks, pasted one after the other into a program."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from daskflow import Flow
from daskflow.testing import simulate
from tests.cluster.conftest import NO_DASHBOARD
from tests.pages import blocks_of

FILMS = 'files("daskflow") / "data"'
"""Where pages find the film that comes with the package."""


class Pasting:
    """The program that a page's blocks make, in the working directory; ``__main__`` until the test ends.

    Parameters
    ----------
    page : pathlib.Path
        The page.
    patch : pytest.MonkeyPatch
        Of the test; undoes what is put in place of the program and of ``Flow.run``.
    printed : callable
        Gives what was printed since it was last asked.
    films : pathlib.Path
        Where pages find the package's film instead: the beginning of it, under the same name.
    """

    def __init__(
        self, page: Path, patch: pytest.MonkeyPatch, printed: Callable[[], str], films: Path
    ) -> None:
        self.patch = patch
        self._page, self._printed, self._said = page, printed, ""
        self._left = [block for block in blocks_of(page) if block.language == "python"]
        self._program = types.ModuleType("__main__")
        self.give(films=films)
        self._seen: set[Flow] = set()
        self._simulate: Callable[[Flow], object] | None = None
        self._defined: dict[str, int] = {}
        self._used: set[str] = set()
        patch.setitem(sys.modules, "__main__", self._program)
        run = Flow.run
        patch.setattr(Flow, "run", lambda flow, **given: run(flow, **{"cluster": NO_DASHBOARD, **given}))

    def __getitem__(self, name: str) -> Any:
        """What the page calls so by now."""
        self._used.add(name)
        return vars(self._program)[name]

    def give(self, **names: Any) -> None:
        """What the page's text takes as given."""
        vars(self._program).update(names)

    def printed(self) -> str:
        """What was printed since this was last asked."""
        said, self._said = self._said + self._printed(), ""
        return said

    def paste(self, changes: dict[str, str] | None = None) -> None:
        """Run the next block as it stands, but for what cannot be had here.

        Flows that it leaves alone are planned, or simulated where the others are, and its tests are run.
        Where the text goes on with "prints `...`", so it does.
        """
        block = self._left.pop(0)
        text = block.text.replace(FILMS, "films")
        for what, instead in (changes or {}).items():
            assert what in text, f"{self._page.name}:{block.line} says nothing of {what!r} any more"
            text = text.replace(what, instead)
        tree = ast.parse("\n" * block.line + text, str(self._page))
        self._note(tree)
        exec(compile(tree, str(self._page), "exec"), vars(self._program))
        self._said += (printed := self._printed())
        for promised in re.findall(r"prints\s+`([^`]*)`", block.after):
            assert promised in printed, f"{self._page.name}:{block.line} promises {promised!r}"
        for flow in [value for value in vars(self._program).values() if isinstance(value, Flow)]:
            if flow not in self._seen:
                self._seen.add(flow)
                (self._simulate or Flow.plan)(flow)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                test = self[node.name]
                test(**dict.fromkeys(inspect.signature(test).parameters, Path.cwd()))

    def paste_until(self, words: str) -> None:
        """Run the blocks before the next one that has these words."""
        while words not in self._left[0].text:
            self.paste()

    def paste_all(self, changes: dict[str, str] | None = None) -> None:
        """Run the blocks that are left; each change is of one of them at least."""
        changes = changes or {}
        while self._left:
            text = self._left[0].text
            self.paste({what: instead for what, instead in changes.items() if what in text})

    def finish(self) -> None:
        """See that nothing of the page was left out.

        Raises
        ------
        AssertionError
            A block was not run, or defines what nobody has used.
        """
        assert not self._left, f"{self._page.name}:{self._left[0].line} was not pasted"
        idle = {name: line for name, line in self._defined.items() if name not in self._used}
        assert not idle, (
            f"{self._page.name} defines what nobody uses: use it there, or where its stage is set: {idle}"
        )

    @contextmanager
    def simulated(self, **options: Any) -> Iterator[None]:
        """Flows run in this process meanwhile: for pages that are about nodes, which run as elsewhere."""
        done: dict[Flow, Any] = {}

        def run(flow: Flow, *, gpus: Any = None, preview: Any = None, **given: Any) -> Flow:
            self._seen.add(flow)
            done[flow] = simulate(flow, **options, **given)
            return flow

        self._simulate = run
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Flow, "run", run)
            patch.setattr(Flow, "join", lambda flow: None)
            patch.setattr(Flow, "metrics", lambda flow: done[flow].metrics)
            yield
        self._simulate = None

    def _note(self, tree: ast.Module) -> None:
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                self._defined[node.name] = node.lineno
        self._used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}

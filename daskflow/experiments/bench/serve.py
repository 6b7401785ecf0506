"""Trials in processes of their own: requests and answers as lines of JSON."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from daskflow.experiments.bench.arrivals import Figures


class TrialError(Exception):
    """A trial gave no figures; the message says why."""


def serve(measure: Callable[[Mapping[str, Any]], Figures]) -> None:
    """Answer each request on the standard input, until it ends.

    Parameters
    ----------
    measure : callable
        Takes a request and returns its figures.
    """
    asker, folder = os.getppid(), None
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed is no answer
    for line in sys.stdin:
        request = json.loads(line)
        folder = request.get("folder")
        try:
            answer: dict[str, Any] = {"figures": measure(request)}
        except Exception as error:  # noqa: BLE001  goes to whoever asked
            cause = error.__cause__ or error
            answer = {"error": f"{type(cause).__name__}: {cause}"}
        with contextlib.suppress(BrokenPipeError):
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
    if folder is not None and os.getppid() != asker:
        shutil.rmtree(folder, ignore_errors=True)  # whoever asked was killed before it could


class TrialProcess:
    """A fresh Python that runs trials: the caller's threads, imports and display stay out of them.

    Parameters
    ----------
    module : str
        Calls `serve` when it is run.
    """

    def __init__(self, module: str) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            start_new_session=True,
        )

    def ask(self, request: Mapping[str, Any], timeout_s: float) -> Figures:
        """The figures of one trial.

        Raises
        ------
        TrialError
            The trial failed, its process ended, or it took longer than `timeout_s`.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout_s):
                self.kill()
                raise TrialError(f"no answer in {timeout_s:g} s{self._last_words()}")
        line = self._process.stdout.readline()
        if not line:
            self.kill()
            raise TrialError(f"its process ended{self._last_words()}")
        answer = json.loads(line)
        if "error" in answer:
            raise TrialError(answer["error"])
        figures: Figures = answer["figures"]
        return figures

    @property
    def pid(self) -> int:
        """Its process, and the group of what it forks."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it can be asked no more."""
        return self._process.poll() is not None

    def close(self) -> None:
        """Let it end, which it does after the trial in hand."""
        if not self.has_ended:
            assert self._process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self._close_files()

    def kill(self) -> None:
        """End it now. What it started goes by itself, and tidies up: it must not be killed with it."""
        self._process.kill()
        self._process.wait()

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""

    def _close_files(self) -> None:
        for file in (self._process.stdin, self._process.stdout, self._said):
            with contextlib.suppress(BrokenPipeError):
                if file is not None:
                    file.close()

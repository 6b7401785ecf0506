"""Programs as users start them, in processes of their own, and what they print."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

DASKFLOW = ["-c", "from daskflow.cli import main; main(prog_name='daskflow')"]
"""The command, for `Start`."""

Start = Callable[..., "subprocess.Popen[str]"]
"""Starts Python with these arguments; options are those of `subprocess.Popen`."""


@contextmanager
def programs(folder: Path) -> Iterator[Start]:
    """For programs that run in a folder, and are ended at the latest with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(
            [sys.executable, *arguments],
            text=True,
            cwd=folder,
            start_new_session=True,
            **{**pipes, **options},
        )
        started.append(process)
        return process

    try:
        yield start
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def read_until(stream: IO[str] | None, wanted: str) -> list[str]:
    """The lines up to the first that has the words; it blocks until that comes.

    What comes after it stays in the pipe: `Popen.communicate` does not look into the stream's buffer.
    """
    assert stream is not None
    said = b""
    while byte := os.read(stream.fileno(), 1):
        said += byte
        if byte == b"\n" and wanted in said.splitlines()[-1].decode():
            return [line.strip() for line in said.decode().splitlines()]
    raise AssertionError(f"{wanted!r} never came: {said.decode()}")

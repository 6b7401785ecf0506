"""Environment variables of a task on a worker that is somebody else's."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Have these variables set in this process, and afterwards as they were.

    A library that was imported before reads them no more. Tasks of one process share them: where two set the
    same variable, the later one counts, until it ends.
    """
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if os.environ.get(name) != variables[name]:
                continue  # somebody has set it meanwhile
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

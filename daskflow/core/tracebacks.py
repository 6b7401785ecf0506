"""Tracebacks of users' code, for people to read."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from types import TracebackType

from daskflow.core.secrets import masked

_OWN_FRAMES = tuple(f"{Path(__file__).parents[1] / part}{os.sep}" for part in ("runtime", "cli"))


def user_traceback(error: BaseException) -> str:
    """The traceback of an exception, without daskflow's own frames above the user's code, secrets masked."""
    lines = traceback.format_exception(type(error), error, _from_user_code(error.__traceback__))
    return masked("".join(lines).rstrip())


def _from_user_code(trace: TracebackType | None) -> TracebackType | None:
    first = trace
    while first is not None and first.tb_frame.f_code.co_filename.startswith((*_OWN_FRAMES, "<frozen")):
        first = first.tb_next
    return first or trace

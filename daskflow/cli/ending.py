"""How a command is asked to end: SIGTERM means what Ctrl-C does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sigterm_is_ctrl_c() -> Iterator[None]:
    """While it lasts, SIGTERM raises `KeyboardInterrupt` in the main thread, where this must be called.

    Containers and service managers ask so for the end. Without a handler it would end the process at once,
    with messages under way; and not even that where the process is the first of a container, for which the
    kernel ignores signals that nobody handles.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

"""Another thread's event loop, from a thread that waits."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_on_loop(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T], timeout_s: float) -> T:
    """Run a coroutine on a loop and wait for its end.

    Raises
    ------
    OSError
        The end does not come in time, or ever: the loop is closed.
    """
    try:
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    except RuntimeError:
        coroutine.close()
        raise ConnectionResetError("the event loop is closed") from None
    try:
        return future.result(timeout_s)
    except concurrent.futures.CancelledError:
        raise ConnectionResetError("the event loop is being closed") from None
    finally:
        future.cancel()  # if it is not done in time

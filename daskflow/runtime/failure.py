"""A user's exception on its way to the caller: with node, task, message, and its own traceback."""

from __future__ import annotations

import pickle
import traceback

import cloudpickle
from tblib import pickling_support

from daskflow.core.context import Context
from daskflow.errors import NodeError

READ_ONLY_HINT = (
    "; the frame is shared with other nodes and read-only: copy it first (frame = frame.copy()), or set "
    "writable_inputs = True on the node to be given private copies"
)


def node_error(error: BaseException, method: str, ctx: Context) -> NodeError:
    """The error that `Flow.join` raises for an exception in a node's method."""
    number = ctx.sequence_number if method in ("next", "process", "consume") else None
    at = f" at message {number}" if number is not None else ""
    message = (
        f"{method}() of node {ctx.node_name!r} (task {ctx.task_name}) failed{at}: "
        f"{type(error).__name__}: {error}"
    )
    if _is_write_to_shared(error):
        message += READ_ONLY_HINT
    wrapped = NodeError(
        message, node=ctx.node_name, task=ctx.task_name, sequence_number=number, method=method
    )
    wrapped.__cause__ = error
    return wrapped


def error_to_bytes(error: BaseException) -> bytes:
    """Pickle an exception with its causes and tracebacks; where it resists, what it says in words."""
    try:
        pickling_support.install(error)
        data: bytes = cloudpickle.dumps(error)
        pickle.loads(data)
    except Exception:  # noqa: BLE001  any class of error may resist in its own way
        cause = error.__cause__
        if cause is not None:
            words = "".join(traceback.format_exception(cause))
            error.__cause__ = RuntimeError(f"an exception that cannot be pickled:\n{words}")
            return error_to_bytes(error)
        return bytes(cloudpickle.dumps(RuntimeError(str(error))))
    return data


def error_from_bytes(data: bytes) -> BaseException:
    """The exception that `error_to_bytes` packed."""
    error = pickle.loads(data)
    assert isinstance(error, BaseException)
    return error


def _is_write_to_shared(error: BaseException) -> bool:
    text = str(error).lower()
    return "read-only" in text or "readonly" in text  # NumPy says the one, OpenCV the other

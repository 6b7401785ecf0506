"""A user's exception on its way to the caller: with node, task, message, and its own traceback."""

from __future__ import annotations

import pickle
import traceback

import msgpack
from tblib import pickling_support

from daskflow.core import pickling
from daskflow.core.context import Context
from daskflow.core.secrets import masked
from daskflow.errors import ClusterError, NodeError

READ_ONLY_HINT = (
    "; the frame is shared with other nodes and read-only: copy it first (frame = frame.copy()), or set "
    "writable_inputs = True on the node to be given private copies"
)


METHODS = ("open", "next", "process", "process_batch", "consume", "close", "seek", "snapshot", "restore")

OUTSIDE_MESSAGES = ("open", "close", "seek", "restore")

_OF_NODE, _OF_RUN = b"N", b"R"

USER_ERRORS = (Exception, SystemExit, KeyboardInterrupt)
"""What user code may raise; none of it may end the worker instead of the run."""


def node_error(error: BaseException, what: str, ctx: Context) -> NodeError:
    """The error that `Flow.join` raises for an exception in a node.

    Parameters
    ----------
    error : BaseException
        What was raised.
    what : str
        The method that raised, or in words what was being done for the node.
    ctx : Context
        Of the task, with the message in hand.
    """
    number = ctx.sequence_number if what not in OUTSIDE_MESSAGES else None
    at = f" at message {number}" if number is not None else ""
    words = masked("".join(traceback.format_exception_only(error)).strip())  # survives a broken __str__
    call = f"{what}()" if what in METHODS else what
    message = f"{call} of node {ctx.node_name!r} (task {ctx.task_name}) failed{at}: {words}"
    if _is_write_to_shared(words):
        message += READ_ONLY_HINT
    wrapped = NodeError(message, node=ctx.node_name, task=ctx.task_name, sequence_number=number, method=what)
    wrapped.__cause__ = error
    return wrapped


def error_to_bytes(error: NodeError) -> bytes:
    """Pack an error in two parts: plain words that always arrive, and its cause, which may resist."""
    cause = error.__cause__
    assert cause is not None
    fields = [str(error), error.node, error.task, error.sequence_number, error.method]
    data: bytes = msgpack.packb([fields, masked("".join(traceback.format_exception(cause))), _pickled(cause)])
    return data


def error_from_bytes(data: bytes) -> NodeError:
    """The error that `error_to_bytes` packed; a cause that cannot be unpickled is told in words."""
    (message, node, task, number, method), words, pickled = msgpack.unpackb(data)
    error = NodeError(message, node=node, task=task, sequence_number=number, method=method)
    try:
        error.__cause__ = pickle.loads(pickled)
    except Exception:  # noqa: BLE001  any class of error may resist in its own way
        error.__cause__ = RuntimeError(f"an exception that cannot be pickled:\n{words}")
    return error


def failure_to_bytes(failure: BaseException) -> bytes:
    """Pack what failed a run, for its caller in another process: a `NodeError` so that it always arrives."""
    if isinstance(failure, NodeError) and failure.__cause__ is not None:
        return _OF_NODE + error_to_bytes(failure)
    return _OF_RUN + (
        _pickled(failure) or pickling.dumps(ClusterError(f"{type(failure).__name__}: {failure}"))
    )


def failure_from_bytes(data: bytes) -> BaseException:
    """What `failure_to_bytes` packed."""
    if data[:1] == _OF_NODE:
        return error_from_bytes(data[1:])
    try:
        failure: BaseException = pickle.loads(data[1:])
    except Exception as error:  # noqa: BLE001  any class of error may resist in its own way
        return ClusterError(f"the run failed, and its error cannot be unpickled here: {error}")
    return failure


def _pickled(cause: BaseException) -> bytes:
    try:
        pickling_support.install(cause)
        return pickling.dumps(cause)
    except Exception:  # noqa: BLE001  see error_from_bytes
        return b""


def _is_write_to_shared(words: str) -> bool:
    # NumPy says the one, OpenCV the other.
    return "read-only" in words.lower() or "readonly" in words.lower()

"""Pickles that carry code of the main script by value, and where each line of it was written."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from types import CodeType
from typing import Any

import cloudpickle

FLOW_FILE = "__flow_file__"
"""``__name__`` in a file that ``daskflow run`` executes.

Not ``__main__``, so that what stands below a main guard is left out, and no name that can be imported, or
workers would execute the file again to find its classes: those travel by value."""

_reduce_code: Callable[[CodeType], tuple[Callable[..., CodeType], tuple[Any, ...]]] = (
    cloudpickle.Pickler.dispatch_table[CodeType]
)


def dumps(value: Any, buffer_callback: Callable[[pickle.PickleBuffer], Any] | None = None) -> bytes:
    """Pickle a value with protocol 5; `pickle.loads` reads it.

    Parameters
    ----------
    value : object
        May hold functions and classes that cannot be imported elsewhere, such as those of the main script.
    buffer_callback : callable, optional
        As for `pickle.dumps`: given each large buffer, which then stays out of the pickle.

    Raises
    ------
    Exception
        Whatever pickling the value raises.
    """
    file = io.BytesIO()
    _Pickler(file, protocol=5, buffer_callback=buffer_callback).dump(value)
    return file.getvalue()


def _reduce_code_with_file(code: CodeType) -> tuple[Callable[..., CodeType], tuple[Any, ...]]:
    make, arguments = _reduce_code(code)
    return _code_in_file, (make, arguments, code.co_filename)


def _code_in_file(make: Callable[..., CodeType], arguments: tuple[Any, ...], filename: str) -> CodeType:
    return make(*arguments).replace(co_filename=filename)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    # cloudpickle leaves the file out since 3.1.3; without it a user's traceback shows none of their lines.
    dispatch_table = cloudpickle.Pickler.dispatch_table.new_child({CodeType: _reduce_code_with_file})

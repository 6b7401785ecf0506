"""What arrays are made with on each kind of device."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from daskflow.core.constants import GPU
from daskflow.core.walk import with_replaced

if TYPE_CHECKING:
    from numpy.typing import NDArray


def array_module(device: str) -> ModuleType:
    """NumPy for ``"cpu"``, CuPy for ``"gpu"``; imported when it is first asked for.

    Raises
    ------
    ImportError
        CuPy is asked for and not installed, or does not fit the CUDA driver; the message says what to do.
    """
    if device != GPU:
        return importlib.import_module("numpy")
    try:
        return importlib.import_module("cupy")
    except ImportError as error:
        raise ImportError(
            f"arrays on a GPU need CuPy, which cannot be imported here ({error}): install "
            'pip install "daskflow[gpu]" for CUDA 12, or "daskflow[gpu13]" for CUDA 13'
        ) from error


def is_on_device(value: Any) -> bool:
    """Whether a value is an array of CuPy's, which only processes with a GPU can read."""
    kind = type(value)  # of which it is enough that there is a property: to ask an array for it is work
    return hasattr(kind, "__cuda_array_interface__") and hasattr(kind, "get")


def on_host(value: Any, empty: Callable[..., NDArray[Any]]) -> Any:
    """A result with all arrays of CuPy's in it replaced by arrays in main memory.

    Parameters
    ----------
    value : object
        An array, or a container that `with_replaced` looks into. All else stays as it is.
    empty : callable
        Takes shape and dtype and makes the array that a device's bytes are copied into, which is awaited.
    """

    def copied(array: Any) -> Any:
        return array.get(out=empty(array.shape, array.dtype))

    return with_replaced(value, is_on_device, copied)

"""What arrays are made with on each kind of device."""

from __future__ import annotations

import importlib
from types import ModuleType

from daskflow.core.constants import GPU


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

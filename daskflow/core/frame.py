"""What a picture is between nodes, and how it is told from what is none."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from daskflow.core.device import is_on_device

Frame: TypeAlias = NDArray[np.uint8]
"""A picture: uint8, height × width × 3 in the order blue, green, red; or height × width, grey."""


def checked_frame(value: Any, reader: object, *, grey: bool = False) -> Frame:
    """Return `value`, known to be a frame.

    Parameters
    ----------
    value : object
        What came from a parent; an array on the task's GPU will do as well.
    reader : object
        The node that got it, for the message.
    grey : bool, default False
        Whether a height × width array will do as well.

    Returns
    -------
    numpy.ndarray or cupy.ndarray
        `value` itself, uint8, of shape (height, width, 3) or, with `grey`, (height, width).

    Raises
    ------
    TypeError
        `value` is no array, or its dtype is not uint8.
    ValueError
        Its shape is another, or it has no pixels.
    """
    wanted = "uint8 array of height × width × 3 (BGR)" + (" or height × width (grey)" if grey else "")
    if not isinstance(value, np.ndarray) and not is_on_device(value):
        raise TypeError(f"{reader!r} takes frames, {wanted}; got {type(value).__name__}")
    if value.dtype != np.uint8:
        raise TypeError(f"{reader!r} takes frames, {wanted}; got an array of dtype {value.dtype}")
    in_colour = value.ndim == 3 and value.shape[2] == 3
    if not (in_colour or (grey and value.ndim == 2)) or value.size == 0:
        raise ValueError(f"{reader!r} takes frames, {wanted}; got an array of shape {value.shape}")
    frame: Frame = value
    return frame


def is_picture(value: Any) -> bool:
    """Whether a value can be shown as a picture: a frame in colour or grey, or a mask; costs a microsecond.

    Parameters
    ----------
    value : object
        Of a message; an array on the task's GPU is not brought to main memory for this.

    Returns
    -------
    bool
        True for an array with pixels: uint8, height × width × 3 or height × width, or bool, height × width.
    """
    if not isinstance(value, np.ndarray) and not is_on_device(value):
        return False
    if value.dtype == np.uint8:
        is_one = value.ndim == 2 or (value.ndim == 3 and value.shape[2] == 3)
    else:
        is_one = value.dtype == np.bool_ and value.ndim == 2
    return bool(is_one and value.size)

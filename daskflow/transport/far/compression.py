"""Slots made smaller for the way between hosts, where the node whose results they are says so."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.core.node.compression import JPEG, LZ4
from daskflow.transport.far.trailer import About

WORTH_IT = 0.95
"""A result that lz4 leaves larger than this share of it travels as it is."""

logger = logging.getLogger("daskflow.transport")

_LONGEST_SIDE = 65500  # of a JPEG

_PACKAGES = {LZ4: "lz4", JPEG: "cv2"}

_given_up: set[str] = set()


def forms_here() -> tuple[str, ...]:
    """The forms that this process can make and read, as far as is known before their packages are loaded."""
    return tuple(form for form in _installed() if form not in _given_up)


@cache
def _installed() -> tuple[str, ...]:
    return tuple(form for form, package in _PACKAGES.items() if find_spec(package))


def give_up(form: str, error: ImportError) -> None:
    """Make and read a form no more: its package is there and cannot be loaded, as OpenCV without libGL."""
    if form not in _given_up:
        _given_up.add(form)
        logger.warning(
            "frames from and to other hosts are sent as they are, rather than as %s: %s cannot be loaded "
            "here (%s)",
            form, _PACKAGES[form], error,
        )  # fmt: skip


def form_for(about: About, forms: Collection[str]) -> str:
    """The form in which a slot is sent to who can read `forms`; empty for as it is.

    JPEG is for pictures of bytes, in grey or three colours; all else from such a node is sent as it is.
    """
    form = (about.compression or "").partition(":")[0]
    if form not in forms or form not in forms_here():
        return ""
    return form if form != JPEG or is_picture(about) else ""


def is_picture(about: About) -> bool:
    """Whether a slot holds one picture that can be a JPEG."""
    if about.dtype not in ("|u1", "u1") or len(about.shape) not in (2, 3):
        return False
    sides = about.shape[:2]
    return 0 < min(sides) <= max(sides) <= _LONGEST_SIDE and tuple(about.shape[2:]) in ((), (3,))


def compressed(form: str, about: About, data: NDArray[np.uint8]) -> Any:
    """The bytes of a slot in a form; None if they are to be sent as they are.

    That is if they are not worth it, or it fails. Takes milliseconds, without the GIL.
    """
    try:
        return _compressed(form, about, data)
    except ImportError as error:
        give_up(form, error)
    except Exception as error:  # noqa: BLE001  OpenCV has its own
        logger.warning("a result of %d bytes is sent as it is, rather than as %s: %s", data.size, form, error)
    return None


def _compressed(form: str, about: About, data: NDArray[np.uint8]) -> Any:
    if form == JPEG:
        from daskflow.processors.vision.jpeg import encoded

        assert about.compression is not None
        quality = int(about.compression.partition(":")[2])
        return encoded(data.reshape(about.shape), quality).data
    import lz4.frame

    smaller = lz4.frame.compress(data)
    return memoryview(smaller) if len(smaller) <= WORTH_IT * data.nbytes else None


def expand(form: str, about: About, data: memoryview, target: NDArray[np.uint8]) -> None:
    """Write what `compressed` made into a slot. Takes milliseconds.

    Raises
    ------
    ValueError, RuntimeError
        It is not what `compressed` makes.
    ImportError
        The form's package cannot be loaded here.
    """
    if form == JPEG:
        from daskflow.processors.vision.jpeg import decode_into

        decode_into(np.frombuffer(data, np.uint8), target.reshape(about.shape))
        return
    import lz4.frame

    np.copyto(target, np.frombuffer(lz4.frame.decompress(data), np.uint8))

"""Frames that say which they are, and whether they are whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STAMPS = 64
"""Places of a frame where its number stands, besides its end."""

SAMPLES = 512
"""Words of a frame that are compared with the template. More would cost the check more than the message."""

Words = NDArray[np.uint64]


class WrongMessage(Exception):
    """What arrived is not what was sent: torn, stale, swapped or changed."""


class FramePayload:
    """A prepared frame that gets a new number for each message, and the check of what arrives.

    Parameters
    ----------
    shape : tuple of int
        Height, width and channels; the bytes are a multiple of 8.
    renewals : int, default 0
        How often what arrives is expected to have gone through `renewed`.
    """

    def __init__(self, shape: tuple[int, int, int], renewals: int = 0) -> None:
        self._frame = np.random.default_rng(sum(shape)).integers(0, 256, shape, dtype=np.uint8)
        self._words = words_of(self._frame)
        count = len(self._words)
        self._stamps = np.unique(np.append(np.arange(0, count, max(1, count // STAMPS)), count - 1))
        self._samples = np.setdiff1d(np.arange(3, count, max(1, count // SAMPLES)), self._stamps)
        self._mask = np.uint64(0xFFFF_FFFF_FFFF_FFFF if renewals % 2 else 0)
        self._expected = self._words[self._samples] ^ self._mask

    def make(self, number: int) -> NDArray[np.uint8]:
        """The prepared frame with `number` on it: the same array at each call."""
        self._words[self._stamps] = number
        return self._frame

    def renewed(self, value: Any) -> NDArray[np.uint8]:
        """A new array: the frame in its negative."""
        negative: NDArray[np.uint8] = np.subtract(255, value, dtype=np.uint8)
        return negative

    def check(self, value: Any, number: int) -> None:
        """Look at the stamps and a sample of the rest.

        Raises
        ------
        WrongMessage
            The frame is not message `number`, or not all of it is.
        """
        words = words_of(value)
        stamps = words[self._stamps] ^ self._mask
        if not (stamps == number).all():
            found = sorted({int(stamp) for stamp in stamps})
            raise WrongMessage(f"frame {number} arrived with the stamps {found}")
        if not np.array_equal(words[self._samples], self._expected):
            raise WrongMessage(f"frame {number} arrived with other content than it was sent with")


def words_of(frame: NDArray[np.uint8]) -> Words:
    """A contiguous frame as a row of 8-byte words, without a copy."""
    return frame.reshape(-1).view(np.uint64)

"""Heat over a frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.layer import Layer
from daskflow.processors.vision.annotators.measures import checked_size

_COLDEST = 0.05
"""Part of the maximum below which nothing is drawn."""


class HeatMapAnnotator(Layer):
    """Lays a heat map over a copy of the frame: red where it is hottest, nothing where it is cold.

    Parameters
    ----------
    maximum : float, optional
        What is hottest. If not given, the maximum of each map; then colours of two frames say the same only
        of the map itself.
    opacity : float, default 0.6
        Of the hottest, above 0 and up to 1.
    **options
        As for `ProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.

    Notes
    -----
    Colours are those of Google's Turbo map, as OpenCV has it.
    """

    takes = (np.ndarray,)

    def __init__(self, maximum: float | None = None, opacity: float = 0.6, **options: Any) -> None:
        super().__init__(**options)
        if not 0 < opacity <= 1:
            raise ValueError(f"opacity is above 0 and at most 1, got {opacity}")
        self._maximum = checked_size("maximum", maximum)
        self._opacity = opacity

    def process(self, frame: Frame, heat: NDArray[np.float32], ctx: Context | None = None) -> Frame:
        """Lay `heat` over a copy of `frame`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        heat : numpy.ndarray
            float32, height × width; of any size, which is brought to the frame's. Not negative.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` or `heat` is no such array.
        """
        return self.annotated(frame, (heat,), ctx)

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Lay the maps over it."""
        for heat in values:
            if not isinstance(heat, np.ndarray) or heat.dtype.kind != "f":
                what = f"an array of {heat.dtype}" if isinstance(heat, np.ndarray) else type(heat).__name__
                raise TypeError(f"{self!r} takes a frame and a float32 array, the heat; got {what}")
            if heat.ndim != 2 or heat.size == 0:
                raise ValueError(f"{self!r} takes heat of height × width, got shape {heat.shape}")
            hottest = self._maximum or float(heat.max())
            if np.isfinite(hottest) and hottest > 0:
                self._blend(canvas, heat, hottest)

    def _blend(self, canvas: Frame, heat: NDArray[Any], hottest: float) -> None:
        height, width = canvas.shape[:2]
        levels = cv2.convertScaleAbs(heat, alpha=255 / hottest)
        if levels.shape != (height, width):
            levels = cv2.resize(levels, (width, height), interpolation=cv2.INTER_LINEAR)
        x, y, w, h = cv2.boundingRect((levels > 255 * _COLDEST).astype(np.uint8))
        part, levels = canvas[y : y + h, x : x + w], levels[y : y + h, x : x + w]
        if not part.size:
            return
        colours = cv2.applyColorMap(levels, cv2.COLORMAP_TURBO)
        weight = cv2.LUT(levels, _weights(self._opacity))
        part[:] = cv2.blendLinear(colours, np.ascontiguousarray(part), weight, 1 - weight)


def _weights(opacity: float) -> NDArray[np.float32]:
    """How much of its colour each of 256 levels of heat gets: the upper half all of `opacity`."""
    part = np.linspace(0, 1, 256, dtype=np.float32)
    weights: NDArray[np.float32] = opacity * np.clip((part - _COLDEST) / (0.5 - _COLDEST), 0, 1)
    return weights

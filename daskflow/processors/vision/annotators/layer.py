"""What all drawings have in common: a copy of the frame, made once, to draw on."""

from __future__ import annotations

from typing import Any

import numpy as np

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import OneTaskProcessorNode, ProcessorNode


class Layer(ProcessorNode):
    """An annotator: a node of its own, or one of several layers of a `SceneAnnotator`.

    A subclass has `draw`, says in `takes` of which types the values are that it draws, and has a `process`
    with as many inputs as it draws at a time.

    Parameters
    ----------
    **options
        As for `ProcessorNode`.
    """

    devices = (CPU,)

    takes: tuple[type, ...] = ()
    """The types of what it draws; with none it draws by the frame alone."""

    @property
    def needs_values(self) -> bool:
        """Whether it draws nothing by the frame alone."""
        return bool(self.takes)

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Draw on a frame.

        Parameters
        ----------
        canvas : numpy.ndarray
            uint8, height × width × 3 (BGR), writable.
        values : tuple
            What to draw: what came from the parents beside the frame, in their order.
        ctx : Context or None
            Of the task; None where the node is called by hand without one.

        Raises
        ------
        TypeError, ValueError
            One of `values` cannot be drawn.
        """
        raise NotImplementedError(f"{type(self).__name__} has no draw()")

    def annotated(self, frame: Frame, values: tuple[Any, ...], ctx: Context | None) -> Frame:
        """A copy of `frame` with the drawing.

        Raises
        ------
        TypeError, ValueError
            `frame` is not uint8 of height × width × 3, or one of `values` cannot be drawn.
        """
        canvas = canvas_of(checked_frame(frame, self), ctx)
        self.draw(canvas, values, ctx)
        return canvas


class LayerWithMemory(Layer, OneTaskProcessorNode):
    """A layer that draws what it remembers of earlier frames; runs as one task.

    Parameters
    ----------
    **options
        As for `OneTaskProcessorNode`.
    """


def canvas_of(frame: Frame, ctx: Context | None) -> Frame:
    """A writable copy of a frame, in the memory that its readers see where the node runs in a flow."""
    canvas: Frame = np.empty(frame.shape, np.uint8) if ctx is None else ctx.empty(frame.shape)
    np.copyto(canvas, frame)
    return canvas

"""What drawings of lines and of zones have in common: given ones, and those of counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.layer import Layer
from daskflow.processors.vision.annotators.measures import checked_size, checked_thickness, palette_colour
from daskflow.scene import Line, Zone
from daskflow.scene.regions import regions


class RegionLayer(Layer):
    """Draws lines or zones, and how many are counted there, on a copy of the frame.

    A subclass has `draw`, and says in `takes` which counts it draws.

    Parameters
    ----------
    given : Line, Zone or iterable of them
        To be drawn on every frame.
    thickness : int or None
        Of lines, in pixels; None follows the size of the frame.
    text_scale : float or None
        Of the letters, as OpenCV has it; None follows the size of the frame.
    **options
        As for `ProcessorNode`.
    """

    region: ClassVar[type]
    """`Line` or `Zone`."""

    plural: ClassVar[str]
    """What several of them are called, in messages."""

    first_colour: ClassVar[int]
    """Place of the first one's colour in the palette."""

    def __init__(
        self,
        given: Line | Zone | Iterable[Line] | Iterable[Zone],
        thickness: int | None,
        text_scale: float | None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._given: tuple[Any, ...] = regions(self.region, given, self.plural)
        self._thickness = checked_thickness(thickness)
        self._scale = checked_size("text_scale", text_scale)

    def process(self, frame: Frame, *counts: Any, ctx: Context | None = None) -> Frame:
        """Draw on a copy of `frame`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        *counts : LineCount or ZoneCount, as `takes` says
            What the parents after the first gave, one count each or several in a list or tuple.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, or one of `counts` is none.
        """
        return self.annotated(frame, counts, ctx)

    @property
    def needs_values(self) -> bool:
        """Whether it draws nothing without counts."""
        return not self._given

    def counts_in(self, values: tuple[Any, ...]) -> list[Any]:
        """The counts in what the parents gave: of each one, or several in a list or tuple.

        Raises
        ------
        TypeError
            There is something else among them.
        """
        (kind,) = self.takes
        counts = [one for v in values for one in (v if isinstance(v, list | tuple) else (v,))]
        for one in counts:
            if not isinstance(one, kind):
                raise TypeError(
                    f"{self!r} takes a frame, and {kind.__name__}s beside it; got {type(one).__name__}: "
                    "check the order of its parents"
                )
        return counts

    def colour_of(self, number: int) -> tuple[int, int, int]:
        """The colour of the line or zone with a number, BGR, from supervision's palette."""
        return palette_colour(self.first_colour + 3 * number)

"""Several drawings on one copy of the frame."""

from __future__ import annotations

from typing import Any

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.core.node import OneTaskProcessorNode
from daskflow.core.signature import call_with_context
from daskflow.processors.vision.annotators.layer import Layer


class SceneAnnotator(Layer):
    """Draws several layers, one over the other, on one copy of the frame and in one task.

    Annotators in a row are a process and a copy of the frame each; here all are one. Each layer is an
    annotator, and draws those of the inputs that are of its kind: a `BoundingBoxAnnotator` detections, a
    `LineAnnotator` line counts. Where two inputs of one kind are to be drawn in different ways, such as faces
    blurred and people in boxes, one of them has a node of its own.

    Parameters
    ----------
    *layers : Layer
        The lowest first. They are not wired to anything themselves.
    nb_tasks : int, default 1
        How many copies run at a time; one where a layer has memory, as traces have.
    device_type, name, queue_size
        As for `ProcessorNode`.

    Raises
    ------
    TypeError
        A layer is no annotator.
    ValueError
        There is none, one is wired or is a `SceneAnnotator` itself, or `nb_tasks` is more than 1 with a layer
        that has memory.
    """

    def __init__(
        self,
        *layers: Layer,
        nb_tasks: int = 1,
        device_type: str = CPU,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(nb_tasks, device_type, name, **options)
        if not layers:
            raise ValueError("a SceneAnnotator has at least one layer, such as BoundingBoxAnnotator()")
        for layer in layers:
            if not isinstance(layer, Layer):
                raise TypeError(f"the layers of a SceneAnnotator are annotators, got {layer!r}")
            if isinstance(layer, SceneAnnotator):
                raise ValueError("a SceneAnnotator is no layer of another: give its layers instead")
            if layer.parents is not None:
                raise ValueError(f"{layer!r} is a layer and has parents: wire the SceneAnnotator instead")
            if isinstance(layer, OneTaskProcessorNode) and nb_tasks > 1:
                raise ValueError(f"{layer!r} keeps state: a scene with it has nb_tasks=1, got {nb_tasks}")
        self._layers = layers
        self.resumable = all(layer.resumable for layer in layers)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The annotators, the lowest first."""
        return self._layers

    @property
    def keeps_snapshots(self) -> bool:
        """Whether the state of all layers that have one can be stored and taken up again."""
        has_state = any(layer.keeps_snapshots for layer in self._layers)
        return has_state and all(layer.resumable or layer.keeps_snapshots for layer in self._layers)

    def open(self, ctx: Context | None = None) -> None:
        """Open each layer; runs in the task's worker."""
        for layer in self._layers:
            call_with_context(layer.open, (), ctx)

    def process(self, frame: Frame, *values: Any, ctx: Context | None = None) -> Frame:
        """Draw all layers on a copy of `frame`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        *values : object
            What the layers draw, one per parent after the first, in any order.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, one of `values` is nothing that a layer draws, or a layer cannot draw
            it.
        """
        return self.annotated(frame, values, ctx)

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Draw each layer with those of `values` that are of its kind."""
        kinds = tuple(kind for layer in self._layers for kind in layer.takes)
        something = [value for value in values if not (isinstance(value, list | tuple) and not value)]
        for value in something:
            if not isinstance(_first(value), kinds):
                known = ", ".join(dict.fromkeys(kind.__name__ for kind in kinds)) or "nothing but frames"
                raise TypeError(
                    f"no layer of {self!r} draws a {type(_first(value)).__name__}: they take {known}"
                )
        for layer in self._layers:
            its_own = tuple(value for value in something if isinstance(_first(value), layer.takes))
            if layer.needs_values and not its_own and len(something) == len(values):
                wanted = " or ".join(kind.__name__ for kind in layer.takes)
                raise ValueError(f"{layer!r} in {self!r} draws {wanted}, and no parent gives any")
            layer.draw(canvas, its_own, ctx)

    def snapshot(self, ctx: Context | None = None) -> list[Any]:
        """The state of each layer, None of one that has none; runs in the task's worker."""
        layers: tuple[Any, ...] = self._layers
        return [
            call_with_context(layer.snapshot, (), ctx) if layer.keeps_snapshots else None for layer in layers
        ]

    def restore(self, state: list[Any], ctx: Context | None = None) -> None:
        """Give each layer its state again; runs in the task's worker."""
        layers: tuple[Any, ...] = self._layers
        for layer, its_state in zip(layers, state, strict=True):
            if layer.keeps_snapshots:
                call_with_context(layer.restore, (its_state,), ctx)

    def close(self, ctx: Context | None = None) -> None:
        """Close each layer; runs in the task's worker."""
        for layer in self._layers:
            call_with_context(layer.close, (), ctx)


def _first(value: Any) -> Any:
    """What a value is: several counts of one node come in a list or tuple."""
    return value[0] if isinstance(value, list | tuple) and value else value

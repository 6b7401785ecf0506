"""A processor of pictures for both kinds of device."""

from __future__ import annotations

from typing import Any

from daskflow.core.constants import GPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ProcessorNode


class FrameProcessor(ProcessorNode):
    """Makes a picture of each picture: on the CPU with OpenCV, on a GPU with CuPy.

    A subclass says how in `on_cpu` and `on_gpu`, which agree within what the subclass states.

    Parameters
    ----------
    **options
        As for `ProcessorNode`: nb_tasks, device_type, name, queue_size, cpu_threads, gpu_share.
    """

    takes_grey: bool = True
    """Whether frames of height × width will do as well."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)

    def process(self, frame: Frame, ctx: Context) -> Any:
        """Work on one frame; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray or cupy.ndarray
            uint8, height × width × 3 (BGR) or, where the node takes it, height × width (grey). It is not
            changed.

        Returns
        -------
        numpy.ndarray or cupy.ndarray
            What the node makes of it. Of an array on a GPU the readers get a copy in main memory, unless they
            are on that GPU too.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array.
        """
        frame = checked_frame(frame, self, grey=self.takes_grey)
        if self.device == GPU:
            return self.on_gpu(self.xp, ctx.to_device(frame), ctx)
        return self.on_cpu(frame, ctx)

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """The result for a frame, with OpenCV and NumPy.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, as `process` takes it; read-only.
        ctx : Context
            Of the task.

        Returns
        -------
        numpy.ndarray
            What `process` returns.

        Raises
        ------
        ValueError
            There is nothing that the node could make of a frame of this size.
        """
        raise NotImplementedError(f"{type(self).__name__} has no on_cpu()")

    def on_gpu(self, xp: Any, frame: Any, ctx: Context) -> Any:
        """The same for a frame on the GPU.

        Parameters
        ----------
        xp : module
            The array library, CuPy.
        frame : cupy.ndarray
            uint8, as `process` takes it; not to be written to.
        ctx : Context
            Of the task.

        Returns
        -------
        cupy.ndarray
            What `process` returns.
        """
        raise NotImplementedError(f"{type(self).__name__} has no on_gpu()")

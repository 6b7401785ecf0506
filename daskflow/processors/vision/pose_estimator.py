"""What estimators of poses have in common."""

from __future__ import annotations

from typing import Any

import supervision as sv

from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import BatchProcessorNode
from daskflow.scene import checked_detections


class PoseEstimator(BatchProcessorNode):
    """Finds the keypoints of people, or of whatever has some: a base for estimators of any kind.

    A subclass has `estimate`. It is wired to frames, or to frames and detections, as ``needs_detections``
    says.

    Parameters
    ----------
    **options
        As for `BatchProcessorNode`.
    """

    needs_detections: bool | None = None
    """Whether it works on what a second parent has found; None if that is left to the wiring."""

    def estimate(
        self, frames: list[Frame], detections: list[sv.Detections] | None, ctx: Context
    ) -> list[sv.KeyPoints]:
        """Find keypoints; runs in the task's worker.

        Parameters
        ----------
        frames : list of numpy.ndarray
            uint8, height × width × 3 (BGR), in main memory.
        detections : list of supervision.Detections or None
            What was found in each frame, if there is a second parent.

        Returns
        -------
        list of supervision.KeyPoints
            For each frame ``xy`` float32, n × k × 2, in pixels of the frame; with detections n as many, in
            their order.
        """
        raise NotImplementedError(f"{type(self).__name__} has no estimate()")

    def process_batch(
        self, frames: list[Any], detections: list[Any] | None = None, *, ctx: Context
    ) -> list[sv.KeyPoints]:
        """Check what came, and estimate; runs in the task's worker.

        Parameters
        ----------
        frames : list of numpy.ndarray
            uint8, height × width × 3 (BGR), of any sizes.
        detections : list of supervision.Detections, optional
            One per frame.

        Returns
        -------
        list of supervision.KeyPoints
            As of `estimate`.

        Raises
        ------
        TypeError, ValueError
            An input is of another kind, or there is a parent too few or too many.
        """
        if self.needs_detections is not None and self.needs_detections != (detections is not None):
            wanted = "frames and detections" if self.needs_detections else "frames alone"
            raise ValueError(f"{self!r} takes {wanted}: wire it to {wanted}")
        pictures = [ctx.to_host(checked_frame(frame, self)) for frame in frames]
        if detections is not None:
            detections = [checked_detections(found, self) for found in detections]
        return self.estimate(pictures, detections, ctx)

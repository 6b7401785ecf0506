"""Processors for pictures; they need the extra ``daskflow[vision]``."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.processors.vision.annotators import BoundingBoxAnnotator
    from daskflow.processors.vision.motion import MotionDetector

__all__ = ["BoundingBoxAnnotator", "MotionDetector"]

# OpenCV and supervision take a second to load: when a node that needs them is asked for, not before.
__getattr__ = lazy_names(__name__, {"BoundingBoxAnnotator": "annotators", "MotionDetector": "motion"})

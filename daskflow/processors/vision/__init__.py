"""Processors for pictures; they need the extra ``daskflow[vision]``."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daskflow.processors.vision.annotators import BoundingBoxAnnotator
    from daskflow.processors.vision.motion import MotionDetector

__all__ = ["BoundingBoxAnnotator", "MotionDetector"]

_FILES = {"BoundingBoxAnnotator": "annotators", "MotionDetector": "motion"}


def __getattr__(name: str) -> Any:
    # OpenCV and supervision take a second to load: when a node that needs them is asked for, not before.
    if name in _FILES:
        return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

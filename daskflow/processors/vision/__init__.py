"""Processors for pictures; they need the extra ``daskflow[vision]``."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.processors.vision.analytics.heat_map import HeatMap
    from daskflow.processors.vision.analytics.line_counter import LineCounter
    from daskflow.processors.vision.analytics.speed_estimator import SpeedEstimator
    from daskflow.processors.vision.analytics.zone_counter import ZoneCounter
    from daskflow.processors.vision.annotators import BoundingBoxAnnotator
    from daskflow.processors.vision.background import RunningAverage
    from daskflow.processors.vision.filters import AbsoluteDifference, GaussianBlur, HistogramEqualizer
    from daskflow.processors.vision.frame_processor import FrameProcessor
    from daskflow.processors.vision.motion import MotionDetector
    from daskflow.processors.vision.tracking.tracker import Tracker
    from daskflow.processors.vision.transforms import ColorConverter, Cropper, LetterboxTensor, Resizer

__all__ = [
    "AbsoluteDifference",
    "BoundingBoxAnnotator",
    "ColorConverter",
    "Cropper",
    "FrameProcessor",
    "GaussianBlur",
    "HeatMap",
    "HistogramEqualizer",
    "LetterboxTensor",
    "LineCounter",
    "MotionDetector",
    "Resizer",
    "RunningAverage",
    "SpeedEstimator",
    "Tracker",
    "ZoneCounter",
]

# OpenCV and supervision take a second to load: when a node that needs them is asked for, not before.
__getattr__ = lazy_names(
    __name__,
    {
        "AbsoluteDifference": "filters",
        "BoundingBoxAnnotator": "annotators",
        "ColorConverter": "transforms",
        "Cropper": "transforms",
        "FrameProcessor": "frame_processor",
        "GaussianBlur": "filters",
        "HeatMap": "analytics.heat_map",
        "HistogramEqualizer": "filters",
        "LetterboxTensor": "transforms",
        "LineCounter": "analytics.line_counter",
        "MotionDetector": "motion",
        "Resizer": "transforms",
        "RunningAverage": "background",
        "SpeedEstimator": "analytics.speed_estimator",
        "Tracker": "tracking.tracker",
        "ZoneCounter": "analytics.zone_counter",
    },
)

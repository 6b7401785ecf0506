"""Processors for pictures; they need the extra ``daskflow[vision]``."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.processors.vision.annotators.boxes import BoundingBoxAnnotator
    from daskflow.processors.vision.annotators.heat import HeatMapAnnotator
    from daskflow.processors.vision.annotators.hud import HeadsUpDisplay
    from daskflow.processors.vision.annotators.keypoints import KeypointAnnotator
    from daskflow.processors.vision.annotators.labels import LabelAnnotator
    from daskflow.processors.vision.annotators.lines import LineAnnotator
    from daskflow.processors.vision.annotators.masks import MaskAnnotator
    from daskflow.processors.vision.annotators.privacy import RegionBlurrer
    from daskflow.processors.vision.annotators.scene import SceneAnnotator
    from daskflow.processors.vision.annotators.traces import TraceAnnotator
    from daskflow.processors.vision.annotators.zones import ZoneAnnotator
    from daskflow.processors.vision.background import RunningAverage
    from daskflow.processors.vision.filters import AbsoluteDifference, GaussianBlur, HistogramEqualizer
    from daskflow.processors.vision.frame_processor import FrameProcessor
    from daskflow.processors.vision.motion import MotionDetector
    from daskflow.processors.vision.transforms import ColorConverter, Cropper, LetterboxTensor, Resizer

__all__ = [
    "AbsoluteDifference",
    "BoundingBoxAnnotator",
    "ColorConverter",
    "Cropper",
    "FrameProcessor",
    "GaussianBlur",
    "HeadsUpDisplay",
    "HeatMapAnnotator",
    "HistogramEqualizer",
    "KeypointAnnotator",
    "LabelAnnotator",
    "LetterboxTensor",
    "LineAnnotator",
    "MaskAnnotator",
    "MotionDetector",
    "RegionBlurrer",
    "Resizer",
    "RunningAverage",
    "SceneAnnotator",
    "TraceAnnotator",
    "ZoneAnnotator",
]

# OpenCV and supervision take a second to load: when a node that needs them is asked for, not before.
__getattr__ = lazy_names(
    __name__,
    {
        "AbsoluteDifference": "filters",
        "BoundingBoxAnnotator": "annotators.boxes",
        "ColorConverter": "transforms",
        "Cropper": "transforms",
        "FrameProcessor": "frame_processor",
        "GaussianBlur": "filters",
        "HeadsUpDisplay": "annotators.hud",
        "HeatMapAnnotator": "annotators.heat",
        "HistogramEqualizer": "filters",
        "KeypointAnnotator": "annotators.keypoints",
        "LabelAnnotator": "annotators.labels",
        "LetterboxTensor": "transforms",
        "LineAnnotator": "annotators.lines",
        "MaskAnnotator": "annotators.masks",
        "MotionDetector": "motion",
        "RegionBlurrer": "annotators.privacy",
        "Resizer": "transforms",
        "RunningAverage": "background",
        "SceneAnnotator": "annotators.scene",
        "TraceAnnotator": "annotators.traces",
        "ZoneAnnotator": "annotators.zones",
    },
)

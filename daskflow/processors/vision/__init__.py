"""Processors for pictures; they need the extra ``daskflow[vision]``."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.processors.vision.annotators import BoundingBoxAnnotator
    from daskflow.processors.vision.background import RunningAverage
    from daskflow.processors.vision.filters import AbsoluteDifference, GaussianBlur, HistogramEqualizer
    from daskflow.processors.vision.frame_processor import FrameProcessor
    from daskflow.processors.vision.motion import MotionDetector
    from daskflow.processors.vision.networks.classifier import OnnxClassifier
    from daskflow.processors.vision.networks.detector import OnnxDetector
    from daskflow.processors.vision.networks.node import OnnxNode
    from daskflow.processors.vision.networks.pose import OnnxPoseEstimator
    from daskflow.processors.vision.networks.segmenter import OnnxSegmenter
    from daskflow.processors.vision.pose_estimator import PoseEstimator
    from daskflow.processors.vision.transforms import ColorConverter, Cropper, LetterboxTensor, Resizer

__all__ = [
    "AbsoluteDifference",
    "BoundingBoxAnnotator",
    "ColorConverter",
    "Cropper",
    "FrameProcessor",
    "GaussianBlur",
    "HistogramEqualizer",
    "LetterboxTensor",
    "MotionDetector",
    "OnnxClassifier",
    "OnnxDetector",
    "OnnxNode",
    "OnnxPoseEstimator",
    "OnnxSegmenter",
    "PoseEstimator",
    "Resizer",
    "RunningAverage",
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
        "HistogramEqualizer": "filters",
        "LetterboxTensor": "transforms",
        "MotionDetector": "motion",
        "OnnxClassifier": "networks.classifier",
        "OnnxDetector": "networks.detector",
        "OnnxNode": "networks.node",
        "OnnxPoseEstimator": "networks.pose",
        "OnnxSegmenter": "networks.segmenter",
        "PoseEstimator": "pose_estimator",
        "Resizer": "transforms",
        "RunningAverage": "background",
    },
)

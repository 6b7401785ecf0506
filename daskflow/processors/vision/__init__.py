"""Processors for pictures; they need the extra ``daskflow[vision]``."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.processors.vision.analytics.heat_map import HeatMap
    from daskflow.processors.vision.analytics.line_counter import LineCounter
    from daskflow.processors.vision.analytics.speed_estimator import SpeedEstimator
    from daskflow.processors.vision.analytics.zone_counter import ZoneCounter
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
    from daskflow.processors.vision.networks.classifier import OnnxClassifier
    from daskflow.processors.vision.networks.detector import OnnxDetector
    from daskflow.processors.vision.networks.node import OnnxNode
    from daskflow.processors.vision.networks.pose import OnnxPoseEstimator
    from daskflow.processors.vision.networks.segmenter import OnnxSegmenter
    from daskflow.processors.vision.pose_estimator import PoseEstimator
    from daskflow.processors.vision.tiles.detections import TileDetectionsJoiner
    from daskflow.processors.vision.tiles.pictures import TileJoiner
    from daskflow.processors.vision.tracking.tracker import Tracker
    from daskflow.processors.vision.transforms.colour import ColorConverter
    from daskflow.processors.vision.transforms.cropping import Crop, Cropper, DetectionsCropper
    from daskflow.processors.vision.transforms.letterbox import Letterbox, LetterboxTensor
    from daskflow.processors.vision.transforms.masking import Masker
    from daskflow.processors.vision.transforms.resizing import ResizeByFactor, Resizer
    from daskflow.processors.vision.transforms.turning import Flipper, Rotator

__all__ = [
    "AbsoluteDifference",
    "BoundingBoxAnnotator",
    "ColorConverter",
    "Crop",
    "Cropper",
    "DetectionsCropper",
    "Flipper",
    "FrameProcessor",
    "GaussianBlur",
    "HeadsUpDisplay",
    "HeatMap",
    "HeatMapAnnotator",
    "HistogramEqualizer",
    "KeypointAnnotator",
    "LabelAnnotator",
    "Letterbox",
    "LetterboxTensor",
    "LineAnnotator",
    "LineCounter",
    "MaskAnnotator",
    "Masker",
    "MotionDetector",
    "OnnxClassifier",
    "OnnxDetector",
    "OnnxNode",
    "OnnxPoseEstimator",
    "OnnxSegmenter",
    "PoseEstimator",
    "RegionBlurrer",
    "ResizeByFactor",
    "Resizer",
    "Rotator",
    "RunningAverage",
    "SceneAnnotator",
    "SpeedEstimator",
    "TileDetectionsJoiner",
    "TileJoiner",
    "TraceAnnotator",
    "Tracker",
    "ZoneAnnotator",
    "ZoneCounter",
]

# OpenCV and supervision take a second to load: when a node that needs them is asked for, not before.
__getattr__ = lazy_names(
    __name__,
    {
        "AbsoluteDifference": "filters",
        "BoundingBoxAnnotator": "annotators.boxes",
        "ColorConverter": "transforms.colour",
        "Crop": "transforms.cropping",
        "Cropper": "transforms.cropping",
        "DetectionsCropper": "transforms.cropping",
        "Flipper": "transforms.turning",
        "FrameProcessor": "frame_processor",
        "GaussianBlur": "filters",
        "HeadsUpDisplay": "annotators.hud",
        "HeatMap": "analytics.heat_map",
        "HeatMapAnnotator": "annotators.heat",
        "HistogramEqualizer": "filters",
        "KeypointAnnotator": "annotators.keypoints",
        "LabelAnnotator": "annotators.labels",
        "Letterbox": "transforms.letterbox",
        "LetterboxTensor": "transforms.letterbox",
        "LineAnnotator": "annotators.lines",
        "LineCounter": "analytics.line_counter",
        "MaskAnnotator": "annotators.masks",
        "Masker": "transforms.masking",
        "MotionDetector": "motion",
        "OnnxClassifier": "networks.classifier",
        "OnnxDetector": "networks.detector",
        "OnnxNode": "networks.node",
        "OnnxPoseEstimator": "networks.pose",
        "OnnxSegmenter": "networks.segmenter",
        "PoseEstimator": "pose_estimator",
        "RegionBlurrer": "annotators.privacy",
        "ResizeByFactor": "transforms.resizing",
        "Resizer": "transforms.resizing",
        "Rotator": "transforms.turning",
        "RunningAverage": "background",
        "SceneAnnotator": "annotators.scene",
        "SpeedEstimator": "analytics.speed_estimator",
        "TileDetectionsJoiner": "tiles.detections",
        "TileJoiner": "tiles.pictures",
        "TraceAnnotator": "annotators.traces",
        "Tracker": "tracking.tracker",
        "ZoneAnnotator": "annotators.zones",
        "ZoneCounter": "analytics.zone_counter",
    },
)

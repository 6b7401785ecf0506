"""Consumers that come with daskflow."""

from typing import TYPE_CHECKING

from daskflow.consumers.basic import (
    CollectConsumer,
    CommandlineConsumer,
    FileAppenderConsumer,
    VoidConsumer,
)
from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.consumers.detections import DetectionsFileWriter
    from daskflow.consumers.video import VideofileWriter

__all__ = [
    "CollectConsumer",
    "CommandlineConsumer",
    "DetectionsFileWriter",
    "FileAppenderConsumer",
    "VideofileWriter",
    "VoidConsumer",
]

# What needs PyAV or supervision is loaded when it is asked for, not by the import of this package.
__getattr__ = lazy_names(
    __name__,
    {
        "DetectionsFileWriter": "detections",
        "VideofileWriter": "video",
    },
)

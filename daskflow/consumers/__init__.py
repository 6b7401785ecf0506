"""Consumers that come with daskflow."""

from typing import TYPE_CHECKING

from daskflow.consumers.basic import CollectConsumer, CommandlineConsumer, FileAppenderConsumer, VoidConsumer
from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.consumers.detections import DetectionsFileWriter
    from daskflow.consumers.json_lines import JsonLinesConsumer
    from daskflow.consumers.video import VideofileWriter
    from daskflow.consumers.webhook import WebhookConsumer

__all__ = [
    "CollectConsumer",
    "CommandlineConsumer",
    "DetectionsFileWriter",
    "FileAppenderConsumer",
    "JsonLinesConsumer",
    "VideofileWriter",
    "VoidConsumer",
    "WebhookConsumer",
]

# PyAV is loaded when a node that needs it is asked for, not by the import of this package.
__getattr__ = lazy_names(
    __name__,
    {
        "DetectionsFileWriter": "detections",
        "JsonLinesConsumer": "json_lines",
        "VideofileWriter": "video",
        "WebhookConsumer": "webhook",
    },
)

"""Consumers that come with daskflow."""

from typing import TYPE_CHECKING

from daskflow.consumers.basic import CollectConsumer, CommandlineConsumer, FileAppenderConsumer, VoidConsumer
from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.consumers.detections import DetectionsFileWriter
    from daskflow.consumers.event_clips import EventClipWriter
    from daskflow.consumers.hls import HlsWriter
    from daskflow.consumers.images import ImageFolderWriter
    from daskflow.consumers.json_lines import JsonLinesConsumer
    from daskflow.consumers.mjpeg import MjpegServer
    from daskflow.consumers.rtsp import RtspRestreamer
    from daskflow.consumers.video import VideofileWriter
    from daskflow.consumers.webhook import WebhookConsumer

__all__ = [
    "CollectConsumer",
    "CommandlineConsumer",
    "DetectionsFileWriter",
    "EventClipWriter",
    "FileAppenderConsumer",
    "HlsWriter",
    "ImageFolderWriter",
    "JsonLinesConsumer",
    "MjpegServer",
    "RtspRestreamer",
    "VideofileWriter",
    "VoidConsumer",
    "WebhookConsumer",
]

# PyAV is loaded when a node that needs it is asked for, not by the import of this package.
__getattr__ = lazy_names(
    __name__,
    {
        "DetectionsFileWriter": "detections",
        "EventClipWriter": "event_clips",
        "HlsWriter": "hls",
        "ImageFolderWriter": "images",
        "JsonLinesConsumer": "json_lines",
        "MjpegServer": "mjpeg",
        "RtspRestreamer": "rtsp",
        "VideofileWriter": "video",
        "WebhookConsumer": "webhook",
    },
)

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
    from daskflow.consumers.event_clips import EventClipWriter
    from daskflow.consumers.hls import HlsWriter
    from daskflow.consumers.images import ImageFolderWriter
    from daskflow.consumers.mjpeg import MjpegServer
    from daskflow.consumers.rtsp import RtspRestreamer
    from daskflow.consumers.video import VideofileWriter

__all__ = [
    "CollectConsumer",
    "CommandlineConsumer",
    "EventClipWriter",
    "FileAppenderConsumer",
    "HlsWriter",
    "ImageFolderWriter",
    "MjpegServer",
    "RtspRestreamer",
    "VideofileWriter",
    "VoidConsumer",
]

# PyAV and OpenCV are loaded when a node that needs them is asked for, not by the import of this package.
__getattr__ = lazy_names(
    __name__,
    {
        "EventClipWriter": "event_clips",
        "HlsWriter": "hls",
        "ImageFolderWriter": "images",
        "MjpegServer": "mjpeg",
        "RtspRestreamer": "rtsp",
        "VideofileWriter": "video",
    },
)

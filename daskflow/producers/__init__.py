"""Producers that come with daskflow."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names
from daskflow.producers.basic import IntProducer

if TYPE_CHECKING:
    from daskflow.producers.dask_queue import QueueProducer
    from daskflow.producers.detections import DetectionsFileReader
    from daskflow.producers.device import VideoDeviceReader
    from daskflow.producers.image import ImageProducer
    from daskflow.producers.image_folder import ImageFolderReader
    from daskflow.producers.tiles import TileReader
    from daskflow.producers.url import VideoUrlReader
    from daskflow.producers.video import VideofileReader
    from daskflow.producers.video_folder import VideoFolderReader

__all__ = [
    "DetectionsFileReader",
    "ImageFolderReader",
    "ImageProducer",
    "IntProducer",
    "QueueProducer",
    "TileReader",
    "VideoDeviceReader",
    "VideoFolderReader",
    "VideoUrlReader",
    "VideofileReader",
]

# PyAV is loaded when a node that needs it is asked for, not by the import of this package.
__getattr__ = lazy_names(
    __name__,
    {
        "DetectionsFileReader": "detections",
        "ImageFolderReader": "image_folder",
        "ImageProducer": "image",
        "QueueProducer": "dask_queue",
        "TileReader": "tiles",
        "VideoDeviceReader": "device",
        "VideoFolderReader": "video_folder",
        "VideoUrlReader": "url",
        "VideofileReader": "video",
    },
)

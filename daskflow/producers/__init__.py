"""Producers that come with daskflow."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names
from daskflow.producers.basic import IntProducer

if TYPE_CHECKING:
    from daskflow.producers.detections import DetectionsFileReader
    from daskflow.producers.tiles import TileReader
    from daskflow.producers.url import VideoUrlReader
    from daskflow.producers.video import VideofileReader

__all__ = [
    "DetectionsFileReader",
    "IntProducer",
    "TileReader",
    "VideoUrlReader",
    "VideofileReader",
]

# PyAV is loaded when a node that needs it is asked for, not by the import of this package.
__getattr__ = lazy_names(
    __name__,
    {
        "DetectionsFileReader": "detections",
        "TileReader": "tiles",
        "VideoUrlReader": "url",
        "VideofileReader": "video",
    },
)

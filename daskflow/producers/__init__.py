"""Producers that come with daskflow."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names
from daskflow.producers.basic import IntProducer

if TYPE_CHECKING:
    from daskflow.producers.detections import DetectionsFileReader
    from daskflow.producers.url import VideoUrlReader
    from daskflow.producers.video import VideofileReader

__all__ = ["DetectionsFileReader", "IntProducer", "VideoUrlReader", "VideofileReader"]

# What needs PyAV or supervision is loaded when it is asked for, not by the import of this package.
__getattr__ = lazy_names(
    __name__,
    {
        "DetectionsFileReader": "detections",
        "VideoUrlReader": "url",
        "VideofileReader": "video",
    },
)

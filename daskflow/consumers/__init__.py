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
    from daskflow.consumers.video import VideofileWriter

__all__ = [
    "CollectConsumer",
    "CommandlineConsumer",
    "FileAppenderConsumer",
    "VideofileWriter",
    "VoidConsumer",
]

# PyAV is loaded when a node that needs it is asked for, not by the import of this package.
__getattr__ = lazy_names(__name__, {"VideofileWriter": "video"})

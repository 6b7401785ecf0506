"""Producers that come with daskflow."""

from typing import TYPE_CHECKING, Any

from daskflow.producers.basic import IntProducer

if TYPE_CHECKING:
    from daskflow.producers.video import VideofileReader

__all__ = ["IntProducer", "VideofileReader"]


def __getattr__(name: str) -> Any:
    # PyAV is loaded when a node that needs it is asked for, not by the import of this package.
    if name == "VideofileReader":
        from daskflow.producers.video import VideofileReader

        return VideofileReader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

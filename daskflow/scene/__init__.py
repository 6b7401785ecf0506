"""What nodes know of a picture beside its pixels: lines, zones, counts, events, detections."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names
from daskflow.scene.classification import Classification
from daskflow.scene.counts import LineCount, ZoneCount
from daskflow.scene.event import Event, events_of
from daskflow.scene.regions import Line, Zone
from daskflow.scene.tile import TILE, Tile, tiles_of

if TYPE_CHECKING:
    from daskflow.scene.detections import checked_detections, class_names

__all__ = [
    "TILE",
    "Classification",
    "Event",
    "Line",
    "LineCount",
    "Tile",
    "Zone",
    "ZoneCount",
    "checked_detections",
    "class_names",
    "events_of",
    "tiles_of",
]

# supervision takes most of a second to load: when something needs it, not before.
__getattr__ = lazy_names(
    __name__,
    {
        "checked_detections": "detections",
        "class_names": "detections",
    },
)

"""Where the layout of graphs was first; it is in `daskflow.diagram.layout`."""

from daskflow.diagram.layout import BOX_HEIGHT, BOX_WIDTH, Layout, layout

__all__ = ["BOX_HEIGHT", "BOX_WIDTH", "Layout", "layout"]

"""Pictures of a flow: where its boxes and lines are, and how they are drawn."""

from daskflow.diagram.layout import BOX_HEIGHT, BOX_WIDTH, Layout, layout

__all__ = ["BOX_HEIGHT", "BOX_WIDTH", "Layout", "layout"]

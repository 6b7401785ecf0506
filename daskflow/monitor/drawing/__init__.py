"""Where the layout of graphs was first; it is in `daskflow.diagram`."""

"""What a run is told: by Dask's configuration, by the call, by the nodes, and by name."""

from daskflow.options.flow_options import FlowOptions
from daskflow.options.node_settings import NodeSettings

__all__ = ["FlowOptions", "NodeSettings"]

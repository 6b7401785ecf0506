"""Graph functions under the path that Videoflow programs import them from."""

from daskflow.core.sorting import has_cycle, topological_sort

__all__ = ["has_cycle", "topological_sort"]

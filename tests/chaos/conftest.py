"""Chaos tests leave nothing behind either."""

from tests.cluster.conftest import nothing_is_left

__all__ = ["nothing_is_left"]

"""Chaos tests leave nothing behind either."""

from tests.cluster.conftest import carrier, nothing_is_left

__all__ = ["carrier", "nothing_is_left"]

"""Chaos tests leave nothing behind either."""

from tests.cluster.conftest import carrier, fork_server, nothing_is_left, ours

__all__ = ["carrier", "fork_server", "nothing_is_left", "ours"]

"""One fork server for the trials of a sweep."""

from __future__ import annotations

import os

from daskflow.cluster.forkserver import ForkServer, preloads_for
from daskflow.flow import Flow


class HeldServer:
    """Keeps the server that forks workers from trial to trial: each run would start its own, in 0.85 s.

    Workers have the environment and the cores that their server was started with. Where those have changed
    since, or a flow's workers need other modules, there is another one.
    """

    def __init__(self) -> None:
        self._server: ForkServer | None = None
        self._begun_with: object = None

    def serve(self, flow: Flow) -> None:
        """Have the server that a run of this flow would start; returns at once."""
        preloads = preloads_for(flow.nodes)
        wanted = preloads, dict(os.environ), os.sched_getaffinity(0)
        if wanted == self._begun_with:
            return
        self.close()
        self._server, self._begun_with = ForkServer(preloads), wanted

    def close(self) -> None:
        """Let go of it: it ends, unless somebody else needs it."""
        server, self._server, self._begun_with = self._server, None, None
        if server is not None:
            server.release()

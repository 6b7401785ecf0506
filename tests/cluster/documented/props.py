"""What pages take as given: films, networks, results, flows, clusters; each as small as it can be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any

import av
import numpy as np
from distributed import LocalCluster

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.core.node import Node
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from tests.unit.processors.networks.models import giving

COUNT = 20
"""Frames of the sample that are read; 15 of them teach the background."""


def cut_sample(path: Path, count: int = COUNT) -> Path:
    """The first frames of the sample, as they are encoded there."""
    with av.open(str(files("daskflow") / "data" / "pedestrians.mp4")) as sample, av.open(path, "w") as cut:
        source = sample.streams.video[0]
        target = cut.add_stream_from_template(source)
        for packet in sample.demux(source):
            if packet.dts is not None and count:
                packet.stream = target
                cut.mux(packet)
                count -= 1
    return path


def person_at(path: Path) -> Path:
    """A network that sees one person at the same place of any picture."""
    person = np.array([[10, 10, 50, 50, 0.9, 0]], np.float32)
    return giving(path, person, names="{0: 'person'}")


def frames_in(path: str | Path, codec: str = "h264") -> int:
    """How many frames a film has; it is seen that it can be read."""
    with av.open(path) as written:
        stream = written.streams.video[0]
        assert stream.codec_context.name == codec
        return sum(1 for _ in written.decode(stream))


def chain(*names: str, count: int = 20, fps: float = -1) -> Flow:
    """Numbers through nodes of these names."""
    numbers = IntProducer(0, count - 1)
    node: Node = numbers
    for name in names:
        node = IdentityProcessor(fps=fps, name=name)(node)
    return Flow([numbers], [VoidConsumer()(node)], BATCH)


@contextmanager
def cluster_of_threads(workers: int) -> Iterator[str]:
    """The address of a Dask cluster that is there already."""
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        dashboard_address=None,
        worker_dashboard_address=None,
        silence_logs=50,
    ) as cluster:
        yield cluster.scheduler_address


@contextmanager
def web_server() -> Iterator[tuple[str, list[bytes]]]:
    """The address of one on this machine, and the bodies of what it was sent."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", bodies
        server.shutdown()
        thread.join()

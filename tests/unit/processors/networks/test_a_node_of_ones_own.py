from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from daskflow.core.context import Context
from daskflow.processors.vision import OnnxNode
from tests.unit.media import context
from tests.unit.processors.networks.models import Graph


class Embedding(OnnxNode):
    """The numbers that a network makes of a frame."""

    def process_batch(self, frames: list[Any], ctx: Context) -> list[Any]:
        tensor, _ = self.tensor.of(self.checked(frames, ctx))
        return list(self.network.run(tensor)[0])


def test_what_the_network_gives(tmp_path: Path) -> None:
    graph = Graph((1, 3, 8, 16))
    graph.output(graph.add("ReduceMean", "images", axes=[2, 3], keepdims=0), "mean", [1, 3])
    node = Embedding(graph.save(tmp_path / "m.onnx", task="detect"), letterbox=False, batch_size=2)
    node.open(context())
    frames = [np.full((4, 5, 3), colour, np.uint8) for colour in ((0, 51, 255), (255, 0, 0))]
    results = node.process_batch(frames, context())
    np.testing.assert_allclose(results, [[1, 0.2, 0], [0, 0, 1]], atol=1e-6)
    node.close()

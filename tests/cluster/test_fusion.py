"""A fused chain in real processes: fewer of them, the same results, and whose fault it is."""

from __future__ import annotations

import logging
import os
from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, Flow, FunctionProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.errors import NodeError
from daskflow.monitor.html import snapshot_html
from daskflow.monitor.records import from_record, to_record
from daskflow.processors import IdentityProcessor
from daskflow.testing import Given

QUIET = {"dashboard_address": None}


def noted(image: Any, ctx: Any) -> Any:
    ctx.logger.warning("at %s", ctx.node_name) if ctx.sequence_number == 3 else None
    ctx.metadata["pid"] = os.getpid()
    out = ctx.empty(image.shape)
    np.add(image, 1, out=out)
    return out


def summed(image: Any, ctx: Any) -> Any:
    assert not image.flags.writeable
    if int(image[0, 0]) == 99:
        raise LookupError("ninety-nine")
    return int(image.sum()), ctx.metadata["pid"] == os.getpid()


def test_a_fused_flow_and_the_same_flow_unfused(caplog):
    source = Given([np.full((200, 200), i, np.uint8) for i in range(8)], name="in")
    same = IdentityProcessor(name="same")(source)
    plus = FunctionProcessorNode(noted, name="plus")(same)
    total = FunctionProcessorNode(summed, name="total")(plus)
    out = CollectConsumer(name="out")(total)
    flow = Flow([source], [out], BATCH, fuse=[("same", "plus", "total")])
    with caplog.at_level(logging.WARNING):
        flow.run(cluster=QUIET)
        flow.join()
    assert flow.results(out) == [(40_000 * (i + 1), True) for i in range(8)]
    metrics = flow.metrics()
    assert list(metrics) == ["in", "same+plus+total", "out"]
    assert metrics[plus].members == ("same", "plus", "total")
    assert metrics["same+plus+total"].received == 8
    said = [record.getMessage() for record in caplog.records if record.name == "daskflow.plus"]
    assert said == ["same+plus+total-0 [message 3]: at plus"]
    assert from_record(to_record(metrics)) == metrics
    assert "3 fused" in snapshot_html(metrics)
    flow.run(cluster=QUIET, overrides={"flow": {"fuse": None}})
    flow.join()
    assert flow.results(out) == [(40_000 * (i + 1), False) for i in range(8)]
    assert list(flow.metrics()) == ["in", "same", "plus", "total", "out"]


class Bomb:
    """Kills the process that unpickles it."""

    def __reduce__(self) -> Any:
        return os._exit, (9,)


@pytest.mark.parametrize("fuse", [None, [("makes", "takes")]])
def test_a_message_that_kills_who_unpickles_it_is_given_up(fuse):
    source = Given(list(range(6)), name="in")
    makes = FunctionProcessorNode(lambda i: Bomb() if i == 2 else [i], name="makes", on_error="skip")(source)
    takes = FunctionProcessorNode(lambda value: value[0], name="takes", on_error="skip")(makes)
    out = CollectConsumer(name="out")(takes)
    flow = Flow([source], [out], BATCH, fuse=fuse)
    flow.run(cluster=QUIET, max_restarts=5)
    flow.join()
    assert flow.results(out) == [0, 1, 3, 4, 5]
    assert (flow.metrics()["takes"].failed, flow.metrics()["takes"].restarts) == (1, 3)
    (letter,) = [mishap for mishap in flow.metrics().mishaps if mishap.is_dead_letter]
    where = ", at last in takes, to which it came by makes" if fuse else ""
    assert letter.words == f"the message is given up: the message killed 3 processes{where}"


def test_a_failure_names_the_member_and_keeps_its_traceback():
    source = Given([np.full((200, 200), i, np.uint8) for i in (1, 98)], name="in")
    plus = FunctionProcessorNode(noted, name="plus")(source)
    total = FunctionProcessorNode(summed, name="total")(plus)
    flow = Flow([source], [CollectConsumer(name="out")(total)], BATCH, fuse=[("plus", "total")])
    flow.run(cluster=QUIET)
    with pytest.raises(
        NodeError, match=r"node 'total' \(task plus\+total-0\) failed at message 1: Look"
    ) as found:
        flow.join()
    cause = found.value.__cause__
    assert isinstance(cause, LookupError)
    trace = cause.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    assert trace.tb_frame.f_code.co_name == "summed"

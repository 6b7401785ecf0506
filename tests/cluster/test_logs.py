"""What nodes log in their processes is logged in the caller's, once."""

from __future__ import annotations

import logging
import os

import pytest

from daskflow import BATCH, Flow, ProcessorNode
from daskflow.consumers import VoidConsumer
from daskflow.producers import IntProducer
from tests.cluster.conftest import NO_DASHBOARD


class Chatty(ProcessorNode):
    """Logs, raises and dies."""

    def open(self, ctx):
        ctx.logger.info("opened")
        logging.getLogger("mine").warning("mine is printed there")

    def process(self, value, ctx):
        if value == 2:
            ctx.logger.warning("two at rtsp://me:geheim@camera")
        if value in (3, 4):
            raise ValueError("bad")
        if value == 6 and not ctx.incarnation:
            ctx.logger.error("last words")
            os.kill(os.getpid(), 9)
        return value


@pytest.mark.usefixtures("own_fork_server")
def test_records_come_with_task_and_message_and_what_dies_had_its_say(caplog, capfd):
    numbers = IntProducer(0, 9)
    chatty = Chatty(name="chatty", on_error="skip")(numbers)
    flow = Flow([numbers], [VoidConsumer()(chatty)], BATCH, name="talk")
    with caplog.at_level(logging.INFO, "daskflow.chatty"):
        flow.run(cluster=NO_DASHBOARD)
        flow.join()
    said = [record for record in caplog.records if record.name == "daskflow.chatty"]
    assert [(r.daskflow_number, r.levelname, r.daskflow_text.split(":")[0]) for r in said] == [
        (None, "INFO", "opened"),
        (2, "WARNING", "two at rtsp"),
        (3, "WARNING", "process() of node 'chatty' (task chatty-0) failed at message 3"),
        (6, "ERROR", "last words"),
        (6, "WARNING", f"its process {said[3].process} died, and another has taken its place"),
        (None, "INFO", "opened"),
    ]
    assert "it was killed by SIGKILL" in said[4].daskflow_text
    assert {(r.daskflow_flow, r.daskflow_task) for r in said} == {("talk", "chatty-0")}
    assert "rtsp://me:***@camera" in said[1].daskflow_text
    assert said[2].exc_text.endswith("ValueError: bad")
    printed = capfd.readouterr().err
    assert printed.count("mine is printed there") == 2
    assert "two at" not in printed
    assert "last words" not in printed
    mishaps = flow.metrics().mishaps
    assert [(m.level, m.number, m.is_dead_letter) for m in mishaps] == [
        ("WARNING", 2, False),
        ("WARNING", 3, True),
        ("WARNING", 4, True),
        ("ERROR", 6, False),
        ("WARNING", 6, False),
    ]

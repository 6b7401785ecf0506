from __future__ import annotations

import io
import pickle
import sys

import pytest

from daskflow.consumers import CollectConsumer, CommandlineConsumer, VoidConsumer
from daskflow.core.node import CallerConsumerNode, ConsumerNode


class TestCommandline:
    @pytest.mark.parametrize(
        ("node", "items", "text"),
        [
            (CommandlineConsumer(), (3,), "3\n"),
            (CommandlineConsumer(), (3, "b", None), "3 b None\n"),
            (CommandlineConsumer(", ", ";"), (3, 4), "3, 4;"),
            (CommandlineConsumer(end=""), ((1, 2),), "(1, 2)"),
        ],
    )
    def test_text_is_made_in_the_worker(
        self,
        node: CommandlineConsumer,
        items: tuple[object, ...],
        text: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert pickle.loads(pickle.dumps(node)).consume(*items) == text
        assert capsys.readouterr().out == ""

    def test_printed_by_the_caller(self, capsys: pytest.CaptureFixture[str]) -> None:
        node = CommandlineConsumer()
        node.deliver("a\n")
        node.deliver("b")
        assert capsys.readouterr().out == "a\nb"

    def test_stdout_of_the_moment_and_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Notebook(io.StringIO):
            flushed = 0

            def flush(self) -> None:
                self.flushed += 1

        node = CommandlineConsumer()
        notebook = Notebook()
        monkeypatch.setattr(sys, "stdout", notebook)
        node.deliver("now\n")
        assert notebook.getvalue() == "now\n"
        assert notebook.flushed == 1

    def test_kind_and_options(self) -> None:
        node = CommandlineConsumer(name="out", queue_size=2)
        assert isinstance(node, CallerConsumerNode)
        assert (node.name, node.queue_size) == ("out", 2)


class TestCollect:
    def test_one_parent_and_several(self) -> None:
        node = CollectConsumer()
        assert node.consume(1) == 1
        assert node.consume(1, "b") == (1, "b")
        assert node.consume((1, 2)) == (1, 2)
        assert node.consume(None) is None

    def test_results_in_order_and_a_copy(self) -> None:
        node = CollectConsumer()
        for value in (3, 1, 2):
            node.deliver(value)
        node.results.clear()
        assert node.results == [3, 1, 2]

    def test_consume_keeps_nothing(self) -> None:
        node = CollectConsumer()
        node.consume(1)
        assert node.results == []

    def test_new_run_starts_anew_without_touching_earlier_lists(self) -> None:
        node = CollectConsumer()
        node.deliver(1)
        before = node.results
        node.begin_run()
        node.deliver(2)
        assert (before, node.results) == ([1], [2])

    def test_results_do_not_travel_to_workers(self) -> None:
        node = CollectConsumer(name="all")
        small = len(pickle.dumps(node))
        node.deliver(bytes(100_000))
        assert len(pickle.dumps(node)) == small
        copy = pickle.loads(pickle.dumps(node))
        assert (copy.name, copy.results) == ("all", [])
        assert len(node.results) == 1


def test_void() -> None:
    node = VoidConsumer("end", queue_size=1)
    node.consume(1)
    node.consume(1, 2, 3)
    assert isinstance(node, ConsumerNode)
    assert not isinstance(node, CallerConsumerNode)
    assert (node.name, node.queue_size) == ("end", 1)

"""What can be fed back to what; nothing is run here."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import pytest

from daskflow import Context, Flow
from daskflow.core import pickling
from daskflow.deadletters import DeadLetterError, DeadLetterFolder
from daskflow.deadletters.producer import LetterProducer
from daskflow.processors import IdentityProcessor, JoinerProcessor
from daskflow.producers import IntProducer
from daskflow.replay import replay, replays
from daskflow.runtime.runner import NodeRunner
from tests.unit.deadletters.letters import letter


@pytest.fixture
def folder(tmp_path):
    return DeadLetterFolder(tmp_path / "letters")


@pytest.fixture
def flow():
    numbers = IntProducer(name="numbers")
    same = IdentityProcessor(name="same")(numbers)
    JoinerProcessor(name="both")(numbers, same)
    return Flow([numbers], name="street")


def test_a_producer_gives_one_input_with_its_metadata(folder):
    letters = [
        folder.put(letter(number=number), [(number, {"production_time": 5.0, "a": number}), (-number, {})])
        for number in (4, 9)
    ]
    first = LetterProducer(folder, letters, 0, {}, "numbers_letters")
    second = pickle.loads(pickling.dumps(LetterProducer(folder, letters, 1, {}, "same_letters")))
    assert first.length == second.length == 2
    runner = NodeRunner(first, Context("street", "b2", "numbers_letters"))
    assert runner.produce(0) == (4, {"production_time": 5.0, "a": 4})
    assert runner.produce(1) == (9, {"production_time": 5.0, "a": 9})
    with pytest.raises(StopIteration):
        runner.produce(2)
    value, metadata = NodeRunner(second, Context("street", "b2", "same_letters")).produce(1)
    assert value == -9
    assert metadata["production_time"] > 1e9, "one that has none is given its own"


def test_nodes_come_one_after_the_other_in_the_order_of_the_flow(folder, flow):
    folder.put(letter("both", 1), [(1, {}), (1, {})])
    folder.put(letter("same", 3), [(3, {})])
    folder.put(letter("same", 2), [(2, {})])
    found = replays(flow, folder, folder.letters())
    assert [[letter.number for letter in part.letters] for part in found] == [[2, 3], [1]]
    assert [node.name for node in found[0].flow.nodes] == ["numbers_letters", "same", "both"]
    assert {node.name for node in found[1].flow.nodes} == {"numbers_letters", "same_letters", "both"}
    assert not flow.is_running


@pytest.mark.parametrize(
    ("node", "inputs", "said"),
    [
        ("sam", 1, "flow 'street' has no node 'sam', which letter a1b2/sam-7 is of; did you mean same?"),
        ("both", 1, "a1b2/both-7 cannot be fed back: it has 1 inputs, and both has 2 parents"),
        ("both", 0, "a1b2/both-7 cannot be fed back: its inputs were lost"),
    ],
)
def test_letters_that_do_not_fit_the_flow_are_refused(folder, flow, node, inputs, said):
    put = folder.put(letter(node), [(0, {})] * inputs)
    with pytest.raises(DeadLetterError) as caught:
        replays(flow, folder, [put])
    assert str(caught.value).startswith(said)


def test_letters_of_a_producer_alone_are_nothing_to_feed_back(folder, flow, caplog):
    folder.put(letter("numbers", 3, method="next"))
    with pytest.raises(DeadLetterError, match="nothing to feed back"):
        replay(flow, folder.path)
    assert "a1b2/numbers-3 cannot be fed back: a producer has no inputs" in caplog.text


def test_a_replay_that_was_stopped_sets_aside_what_it_fed_back(folder, flow, monkeypatch):
    for number in range(4):
        folder.put(letter("both", number), [(number, {}), (number, {})])
    (found,) = replays(flow, folder, folder.letters())
    emitted = {node: SimpleNamespace(emitted=3 - i) for i, node in enumerate(found.flow.nodes)}
    monkeypatch.setattr(Flow, "metrics", lambda self: emitted)  # 3 and 2 by the producers, 1 by the node
    assert [node.name for node in found.flow.nodes] == ["numbers_letters", "same_letters", "both"]
    assert [fed.number for fed in found.set_aside()] == [0, 1]
    assert [left.number for left in folder.letters()] == [2, 3]

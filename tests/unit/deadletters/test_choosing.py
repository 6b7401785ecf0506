"""Letters by node and id, and what is said where there is none."""

from __future__ import annotations

import pytest

from daskflow.deadletters import DeadLetterError, chosen_letters
from tests.unit.deadletters.letters import letter

LETTERS = [letter("detector", 1), letter("detector", 2), letter("writer", 2)]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({}, [0, 1, 2]),
        ({"node": "detector"}, [0, 1]),
        ({"ids": ["a1b2/writer-2", "a1b2/detector-1"]}, [0, 2]),
        ({"ids": ["a1b2/detector-2"], "node": "detector"}, [1]),
    ],
)
def test_what_is_chosen_keeps_its_order(options, numbers):
    assert chosen_letters(iter(LETTERS), **options) == [LETTERS[i] for i in numbers]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"node": "detecter"}, "no dead letter is of node 'detecter'; did you mean detector?"),
        ({"node": "zzz"}, "no dead letter is of node 'zzz'; there are detector, writer"),
        ({"ids": ["a1b2/writer-1"]}, "there is no dead letter a1b2/writer-1; did you mean a1b2/writer-2?"),
        (
            {"ids": ["a1b2/writer-2"], "node": "detector"},
            "there is no dead letter a1b2/writer-2 of node 'detector'; did you mean a1b2/detector-2?",
        ),
    ],
)
def test_what_is_not_there_is_refused_with_the_nearest(options, said):
    with pytest.raises(DeadLetterError) as caught:
        chosen_letters(LETTERS, **options)
    assert str(caught.value) == said


def test_nothing_of_nothing():
    assert chosen_letters([]) == []
    with pytest.raises(DeadLetterError, match=r"^there is no dead letter a$"):
        chosen_letters([], ids=["a"])

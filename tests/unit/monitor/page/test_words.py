"""Figures as people read them."""

from __future__ import annotations

import math

import pytest

from daskflow.monitor.page.words import (
    count_words,
    elided,
    number_words,
    rate_words,
    share_words,
    size_words,
    time_words,
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (number_words(0), "0"),
        (number_words(0.0041), "0"),
        (number_words(0.254), "0.25"),
        (number_words(0.996), "1"),
        (number_words(9.96), "10"),
        (number_words(42.04), "42"),
        (number_words(99.96), "100"),
        (number_words(999.4), "999"),
        (number_words(999.6), "1 k"),
        (number_words(1234), "1.2 k"),
        (number_words(3.44e6), "3.4 M"),
        (number_words(math.nan), "–"),
        (count_words(999), "999"),
        (count_words(1000), "1k"),
        (count_words(1234), "1.2k"),
        (count_words(12_345), "12k"),
        (count_words(999_900), "1M"),
        (count_words(12_345_678), "12M"),
        (rate_words(1234), "1.2 k/s"),
        (time_words(0), "0 ms"),
        (time_words(5e-8), "<1 µs"),
        (time_words(8.2e-4), "820 µs"),
        (time_words(0.035), "35 ms"),
        (time_words(0.9999), "1 s"),
        (time_words(1.24), "1.2 s"),
        (time_words(59.9), "0:59"),
        (time_words(125.9), "2:05"),
        (size_words(999), "999 B"),
        (size_words(2.1e8), "210 MB"),
        (size_words(1.5e9), "1.5 GB"),
        (share_words(0.984), "98 %"),
        (elided("detector", 8), "detector"),
        (elided("detectors", 8), "dete…ors"),
        (elided("camera at the north entrance → faces", 24), "camera at th…nce → faces"),
        (elided("検出器検出器", 8), "検出…器"),
    ],
)
def test_they_are_short_and_have_units(words, said):
    assert words.replace("\N{NO-BREAK SPACE}", " ") == said

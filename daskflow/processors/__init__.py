"""Processors that come with daskflow; those for pictures are in `daskflow.processors.vision`."""

from daskflow.processors.aggregators import (
    CountAggregator,
    MaxAggregator,
    MinAggregator,
    MultiplicationAggregator,
    SumAggregator,
)
from daskflow.processors.basic import IdentityProcessor, JoinerProcessor

__all__ = [
    "CountAggregator",
    "IdentityProcessor",
    "JoinerProcessor",
    "MaxAggregator",
    "MinAggregator",
    "MultiplicationAggregator",
    "SumAggregator",
]

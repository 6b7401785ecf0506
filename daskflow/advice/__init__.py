"""How many tasks a flow needs: a profile of one run, and advice made of it."""

from daskflow.advice.advice import Advice
from daskflow.advice.advising import advise
from daskflow.advice.profile import FlowProfile, NodeProfile

__all__ = ["Advice", "FlowProfile", "NodeProfile", "advise"]

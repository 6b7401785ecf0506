"""Dead letters fed back: each to the node that gave it up, and on from there."""

from daskflow.replay.rerun import Replay, replay, replays

__all__ = ["Replay", "replay", "replays"]

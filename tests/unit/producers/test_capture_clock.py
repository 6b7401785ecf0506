from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from daskflow.producers.timing import CaptureClock


def test_stamps_say_how_far_apart_frames_were_taken() -> None:
    clock = CaptureClock(ahead_s=0, behind_s=1)
    assert clock.time_of(10, 1000.0) == 1000.0
    assert clock.time_of(10.5, 1000.7) == 1000.5  # it came late
    assert clock.time_of(11, 1000.9) == 1000.9  # nothing comes before it was taken: the first was late
    assert clock.time_of(None, 1001.1) == 1001.1
    assert clock.time_of(11.5, 1003.0) == 1003.0  # too late to believe


def test_a_recording_is_ahead_of_its_arrival() -> None:
    clock = CaptureClock(ahead_s=60, behind_s=1)
    assert [clock.time_of(stamp, 1000.0) for stamp in (0, 1, 30, 100)] == [1000, 1001, 1030, 1000]


@example([(1.1270564541283776, 5.960464477539063e-08), (0.0, 0.0)])
@given(st.lists(st.tuples(st.floats(0, 3), st.floats(-5, 3))))
def test_times_never_go_back_nor_ahead_of_the_arrival(steps: list[tuple[float, float]]) -> None:
    clock = CaptureClock(ahead_s=0, behind_s=1)
    arrival, stamp, before = 1e9, 0.0, 0.0
    for later, further in steps:
        arrival += later
        stamp += max(0.0, further)
        taken = clock.time_of(stamp, arrival)
        assert before <= taken <= arrival
        before = taken

"""How long who waited waits for a core, for a timer or a word of another process: prints it, in seconds.

    python waking.py timer 2.0

A process of its own, since threads of one wait for each other, too. It is run by its path, so that it
imports nothing of the package, and is ready at once.
"""

from __future__ import annotations

import os
import socket
import sys
import time

NAP_S = 0.005


def timer_s(span_s: float) -> float:
    """By how much sleeps are too long, on average over a span."""
    end_s, late_s = time.monotonic() + span_s, []
    while (begin_s := time.monotonic()) < end_s:
        time.sleep(NAP_S)
        late_s.append(time.monotonic() - begin_s - NAP_S)
    return sum(late_s) / len(late_s)


def word_s(span_s: float) -> float:
    """How long a byte takes to another process that waits for it, half of there and back, on average."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        while byte := theirs.recv(1):
            theirs.send(byte)
        os._exit(0)
    theirs.close()
    count, begin_s = 0, time.monotonic()
    while time.monotonic() - begin_s < span_s:
        ours.send(b"?")
        ours.recv(1)
        count += 1
    took_s = time.monotonic() - begin_s
    ours.close()
    os.wait()
    return took_s / count / 2


if __name__ == "__main__":
    what, span_s = sys.argv[1], float(sys.argv[2])
    print({"timer": timer_s, "word": word_s}[what](span_s))

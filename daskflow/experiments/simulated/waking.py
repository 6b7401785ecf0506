"""How long a process that slept waits for a core: sleeps for so many seconds, and prints it, in seconds.

A process of its own, since threads of one wait for each other, too. It is run by its path, so that it
imports nothing of the package, and is ready at once.
"""

from __future__ import annotations

import sys
import time

NAP_S = 0.005

if __name__ == "__main__":
    end_s, late_s = time.monotonic() + float(sys.argv[1]), []
    while (begin_s := time.monotonic()) < end_s:
        time.sleep(NAP_S)
        late_s.append(time.monotonic() - begin_s - NAP_S)
    print(sum(late_s) / len(late_s))

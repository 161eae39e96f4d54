"""How every worker measures, whatever its library: the same rule for all, standard library only.

CPU seconds are user + system of the whole process around the work (all threads), so waiting for
another program costs nothing. Short work is repeated until it adds up to a second, seven times at
most, and the median taken (`pick`). A worker reads one job as JSON from its argument and prints one
JSON line.
"""

import json
import resource
import statistics
import sys
import time

ENOUGH_S = 1.0
REPEATS = 7


def cpu_of(work, pick=statistics.median):
    """(CPU seconds, what the work gave). `pick`: min where the time itself counts, not a ratio."""
    start = time.process_time()
    answer = work()
    times = [time.process_time() - start]
    while sum(times) < ENOUGH_S and len(times) < REPEATS:
        start = time.process_time()
        answer = work()
        times.append(time.process_time() - start)
    return pick(times), answer


def peak_mb():
    """The most memory this program ever held. Linux: of this program alone, not of who started it."""
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def read_job():
    return json.loads(sys.argv[1])


def answer(**facts):
    print(json.dumps({**facts, "peak_mb": peak_mb()}), flush=True)

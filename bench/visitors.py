"""People at work: requests at a steady pace over kept connections, each timed from the moment it was due.

A request that had to wait for a free visitor counts its wait: a slow server cannot hide by being asked less.
"""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

VISITORS = 24


@dataclass(frozen=True)
class Visit:
    """What is asked for; `kind` names the figure it counts for."""

    kind: str
    path: str


@dataclass(frozen=True)
class Answered:
    kind: str
    seconds: float
    status: int  # 0: no answer


def visits(port: int, headers: dict[str, str], wanted: Sequence[Visit], per_second: float) -> list[Answered]:
    """Ask for all of `wanted`, one every 1/`per_second` seconds."""
    found: list[Answered] = []
    lock, begin, places = threading.Lock(), time.perf_counter() + 0.2, iter(range(len(wanted)))

    def visitor() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                place = next(places, None)
            if place is None:
                break
            due = begin + place / per_second
            time.sleep(max(0.0, due - time.perf_counter()))
            status = 0
            try:
                connection.request("GET", wanted[place].path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException):
                connection.close()
            answered = Answered(wanted[place].kind, time.perf_counter() - due, status)
            with lock:
                found.append(answered)
        connection.close()

    threads = [threading.Thread(target=visitor) for _ in range(VISITORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found

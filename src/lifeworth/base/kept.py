"""What is costly to make and often asked for: made once, kept while it is wanted, bounded."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """At most `most` things; the one not asked for the longest goes first. Safe to ask from many threads.

    Things are made one at a time, so that many who ask do not need much memory, and never twice.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._store: OrderedDict[Hashable, Made] = OrderedDict()
        self._lock, self._making = threading.Lock(), threading.RLock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        found = self._known(key)
        if found:
            return found[0]
        with self._making:
            found = self._known(key)  # someone else may have made it meanwhile
            if found:
                return found[0]
            made = make()
            with self._lock:
                self._store[key] = made
                while len(self._store) > self._most:
                    self._store.popitem(last=False)
        return made

    def _known(self, key: Hashable) -> tuple[Made] | None:
        with self._lock:
            if key not in self._store:
                return None
            self._store.move_to_end(key)
            return (self._store[key],)

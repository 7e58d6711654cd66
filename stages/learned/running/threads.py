"""Torch beside itself: several threads, each with its own windows, and none inside an operation."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock, get_ident

import torch

from isp.threads import lasting_pool

_lock = Lock()
_usual: dict[int, int] = {}
"""Threads that are inside `torch_threads`, and the number that torch had for each before."""


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Within it torch works with so many threads on an operation of the calling thread.

    Torch gives a thread that is new to it the number that any thread set last. While others are inside,
    that is theirs, and not to be restored: the usual number is that before the first of them came.
    """
    me = get_ident()
    with _lock:
        nested = me in _usual
        known = nested or not _usual
        before = torch.get_num_threads() if known else next(iter(_usual.values()))
        if not nested:
            _usual[me] = before
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        if not nested:
            with _lock:
                del _usual[me]


@contextmanager
def side_by_side(threads: int) -> Iterator[ThreadPoolExecutor]:
    """A pool whose threads each run torch on one core: no barrier waits for the slowest.

    The threads stay for the next call; see `isp.threads.lasting_pool`.
    """
    with torch_threads(1):
        yield lasting_pool(threads, "torch")

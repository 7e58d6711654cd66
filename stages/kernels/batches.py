"""Batches of sparse work on all cores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from isp.threads import thread_budget


def in_batches(work: Callable[[int], None], count: int, size: int) -> None:
    """Call ``work(first)`` for the first item of each batch, on as many threads as the budget has.

    Parameters
    ----------
    work : callable
        Does items first to first + size; must release the GIL to gain from threads.
    count, size : int
        Number of items, and of items in a batch.
    """
    batches = range(0, count, size)
    threads = min(thread_budget(), len(batches))
    if threads < 2:
        for first in batches:
            work(first)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, batches))

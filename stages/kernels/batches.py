"""Batches of sparse work on all cores."""

from __future__ import annotations

from collections.abc import Callable

from isp.threads import share, thread_budget


def in_batches(work: Callable[[int], None], count: int, size: int) -> None:
    """Call ``work(first)`` for the first item of each batch, on as many threads as the budget has.

    Parameters
    ----------
    work : callable
        Does items first to first + size; must release the GIL to gain from threads.
    count, size : int
        Number of items, and of items in a batch.
    """
    share(work, range(0, count, size), thread_budget())

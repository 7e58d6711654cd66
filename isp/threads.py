"""One thread budget for strips, torch and OpenCV, and the threads that strips and windows run on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")
BUDGET = "ISPSIM_THREADS"


def thread_budget() -> int:
    """Threads to use: ``ISPSIM_THREADS`` where set, else the cores that this process may use."""
    asked = os.environ.get(BUDGET, "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def threads_limited(count: int) -> Iterator[None]:
    """Set the thread budget for a while."""
    before = os.environ.get(BUDGET)
    os.environ[BUDGET] = str(count)
    try:
        yield
    finally:
        if before is None:
            del os.environ[BUDGET]
        else:
            os.environ[BUDGET] = before


def share(work: Callable[[T], None], items: Sequence[T], threads: int) -> None:
    """Do a piece of work for every item, on threads that stay for the next call.

    Each thread takes the next item when it is done with one, so a core that is busy elsewhere holds
    nothing up. When anything goes wrong, what waits is dropped. ``work`` must not call `share` itself.

    Raises
    ------
    Exception
        What the work raised first.
    """
    waiting = iter(items)
    if min(threads, len(items)) <= 1:
        _take(work, waiting)
        return
    workers = [lasting_pool(threads, "strips").submit(_take, work, waiting) for _ in range(threads)]
    try:
        for worker in workers:
            worker.result()
    finally:
        _drop(waiting)


def _take(work: Callable[[T], None], waiting: Iterator[T]) -> None:
    try:
        for item in waiting:
            work(item)
    finally:
        _drop(waiting)


def _drop(waiting: Iterator[T]) -> None:
    """Take what is left: threads would work through it, even after an interruption."""
    for _ in waiting:
        pass


@contextmanager
def queue(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads for work that is handed over at once; when anything goes wrong, what waits is dropped.

    A pool by itself works through all that waits before it lets an interruption pass.
    """
    pool = ThreadPoolExecutor(threads)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


@lru_cache(maxsize=8)
def lasting_pool(threads: int, name: str) -> ThreadPoolExecutor:
    """Threads that stay for the next call: starting some costs more than a small piece of work.

    Work on them must not ask for work on the same threads and wait for it.
    """
    return ThreadPoolExecutor(threads, thread_name_prefix=name)


if hasattr(os, "register_at_fork"):  # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=lasting_pool.cache_clear)

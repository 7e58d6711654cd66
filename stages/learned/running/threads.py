"""Torch beside itself: several threads, each with its own windows, and none inside an operation."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch

from isp.threads import lasting_pool


@contextmanager
def side_by_side(threads: int) -> Iterator[ThreadPoolExecutor]:
    """A pool whose threads each run torch on one core: no barrier waits for the slowest.

    The threads stay for the next call; see `isp.threads.lasting_pool`.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield lasting_pool(threads, "torch")
    finally:
        torch.set_num_threads(before)

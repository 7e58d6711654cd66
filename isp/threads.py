"""One thread budget for strips, torch and OpenCV."""

from __future__ import annotations

import os


def thread_budget() -> int:
    """Threads to use: ``ISPSIM_THREADS`` where set, else the cores that this process may use."""
    asked = os.environ.get("ISPSIM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

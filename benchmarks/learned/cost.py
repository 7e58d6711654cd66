"""What a repair costs: known clusters in a 24 MP frame, the correctors taking turns."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.learned.rows import LEARNED
from benchmarks.page import table
from benchmarks.speed import SIZES, clusters, sample
from isp.bound import stage
from isp.defects import DefectMap
from isp.threads import thread_budget

NAMES = ("harmonic", "fsr", *LEARNED)
COUNTS = (10, 100, 1000)
ROUNDS = 5
COMPACT, SQUARES = "compact, 7 to 12 px in all", "squares, 7 to 12 px a side"


def measure() -> list[dict[str, Any]]:
    """Median and best wall-clock time of each corrector for each sort and number of clusters."""
    frame = sample(SIZES["24 MP"])
    found = []
    for sort, place in ((COMPACT, clusters), (SQUARES, squares)):
        for count in COUNTS:
            print(f"cost: {count} {sort}", file=sys.stderr, flush=True)
            rows, cols = place(np.random.default_rng(1), count, frame.shape)
            marked = DefectMap.for_frame(rows, cols, frame)
            taken: dict[str, list[float]] = {name: [] for name in NAMES}
            for turn in range(ROUNDS + 1):
                for name in NAMES:
                    corrector = stage(name)
                    begun = time.perf_counter()
                    corrector.repair(frame, marked)
                    if turn:  # the first one compiles and fills caches
                        taken[name].append(1e3 * (time.perf_counter() - begun))
            times = {
                name: {"median_ms": float(np.median(t)), "best_ms": min(t)}
                for name, t in taken.items()
            }
            found.append({"sort": sort, "clusters": count, "pixels": len(marked), "times": times})
    return found


def squares(
    rng: np.random.Generator, count: int, shape: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Filled squares of 7 to 12 pixels a side at random places."""
    mask = np.zeros(shape, np.bool_)
    for _ in range(count):
        side = int(rng.integers(7, 13))
        top, left = (int(rng.integers(20, size - 40)) for size in shape)
        mask[top : top + side, left : left + side] = True
    rows, cols = np.nonzero(mask)
    return rows, cols


def section(found: list[dict[str, Any]]) -> str:
    """The table."""
    lines = [
        [one["sort"], str(one["clusters"]), str(one["pixels"])]
        + [
            f"{one['times'][name]['median_ms']:.1f} ({one['times'][name]['best_ms']:.1f})"
            for name in NAMES
        ]
        for one in found
    ]
    header = ["clusters", "number", "pixels", *(f"`{name}`" for name in NAMES)]
    text = (
        f"## Cost\n\nMilliseconds to repair known clusters in a frame of 24 MP, {thread_budget()}"
        f" threads: median and, in brackets, best of {ROUNDS} rounds in which the correctors take turns."
    )
    return text + "\n\n" + table(header, lines)

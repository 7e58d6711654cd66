"""``isp bench``: the frame that stages are timed on."""

from __future__ import annotations

from typing import Any

import numpy as np

from isp.bench.result import Benchmark
from isp.bench.run import Progress, bench
from isp.frame import RawFrame
from isp.scenario.load import bound_entry
from isp.scenario.model import Scenario
from isp.tasks.inputs import names, open_input

LARGE = (3000, 4000)


def bench_scenario(
    scenario: Scenario,
    stages: list[Any] | None,
    *,
    runs: int,
    large: bool = False,
    progress: Progress | None = None,
) -> Benchmark:
    """Time stages on the scenario's first input; ``large`` repeats it until it has 12 MP."""
    frame = open_input(scenario, names(scenario)[0])
    if large:
        frame = tiled(frame, LARGE)
    chosen = [bound_entry(entry) for entry in stages or []]
    return bench(frame, chosen or None, seed=scenario.seed, runs=runs, progress=progress)


def tiled(frame: RawFrame, shape: tuple[int, int]) -> RawFrame:
    """A frame of the given (H, W) made of copies: texture like the original's, made at once."""
    rows, cols = (n // p * p for n, p in zip(frame.shape, frame.cfa.period, strict=True))
    part = frame.mosaic[:rows, :cols]
    copies = np.tile(part, (-(-shape[0] // rows), -(-shape[1] // cols)))
    return frame.with_mosaic(copies[: shape[0], : shape[1]], "tiled", active_area=None)

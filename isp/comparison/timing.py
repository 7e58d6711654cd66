"""What a repair costs: each stage alone, warm, on crops and on one whole frame.

Cases run side by side on all cores, so their clocks would measure each other; costs are taken
afterwards, one stage at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from isp.clock import Spread, durations_ms
from isp.comparison.case import Case
from isp.comparison.contestants import Contestant, correct
from isp.comparison.develop import Development
from isp.defects import DefectMap
from isp.frame import RawFrame

CROP_RUNS = 3


@dataclass(frozen=True)
class Cost:
    """Time of one stage.

    Parameters
    ----------
    stage : str
        Label of the contestant.
    scope : str
        ``crop`` or ``frame``.
    input : str
        The frame, or the number of crops measured.
    pixels, defects : int
        Size of what was corrected, and pixels marked in it (of a crop: the mean).
    median_ms, low_ms, high_ms : float
        Median and quartiles of the runs.
    runs : int
        Number of runs, warm-up excluded.
    """

    stage: str
    scope: str
    input: str
    pixels: int
    defects: int
    median_ms: float
    low_ms: float
    high_ms: float
    runs: int

    @property
    def megapixels_per_s(self) -> float:
        """Throughput: pixels of the frame over the median."""
        return self.pixels / self.median_ms / 1e3


def crop_costs(
    cases: Sequence[Case], stages: Sequence[Contestant], development: Development
) -> list[Cost]:
    """Cost of each stage on the given crops, with the true map."""
    if not cases:
        return []
    pixels = int(np.mean([case.clean.mosaic.size for case in cases]))
    defects = int(np.mean([len(case.truth) for case in cases]))
    found = []
    for one in stages:
        times: list[float] = []
        for case in cases:
            work = work_of(one, case.damaged, case.truth, development)
            times += durations_ms(work, CROP_RUNS) if work is not None else []
        if times:
            found.append(_cost(one.label, "crop", f"{len(cases)} crops", pixels, defects, times))
    return found


def frame_costs(
    name: str,
    damaged: RawFrame,
    truth: DefectMap,
    stages: Sequence[Contestant],
    development: Development,
) -> list[Cost]:
    """Cost of each stage on one whole frame, with the true map."""
    found = []
    for one in stages:
        work = work_of(one, damaged, truth, development)
        if work is not None:
            times = durations_ms(work)
            pixels = damaged.mosaic.size
            found.append(_cost(one.label, "frame", name, pixels, len(truth), times))
    return found


def _cost(stage: str, scope: str, name: str, pixels: int, defects: int, times: list[float]) -> Cost:
    one = Spread.of(times)
    return Cost(
        stage, scope, name, pixels, defects, one.median_ms, one.low_ms, one.high_ms, one.runs
    )


def work_of(
    one: Contestant, damaged: RawFrame, truth: DefectMap, development: Development
) -> Callable[[], object] | None:
    """The call to be timed; None for a stage that cannot work on this frame."""
    stage = one.stage
    try:
        if one.on_picture:
            picture = development.demosaiced(damaged)
            stage(picture)
            return lambda: stage(picture)
        correct(one, damaged, truth)
    except Exception:
        return None
    return lambda: correct(one, damaged, truth)

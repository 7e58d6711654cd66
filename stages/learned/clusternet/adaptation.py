"""Networks that learn on from the frame that they are to repair, before they do.

Every scene has its own texture, every lens its own blur, every sensor its own noise, and most of a frame
is known. A few hundred steps on its good pixels, under its own holes (`practice`), make of a network for
all frames one for this frame. Nothing is kept: the next frame starts from the shipped weights again.

References: A. Shocher, N. Cohen, M. Irani, *"Zero-shot" super-resolution using deep internal learning*,
CVPR 2018; Y. Sun et al., *Test-time training with self-supervision for generalization under distribution
shifts*, ICML 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.threads import thread_budget
from stages.kernels.regions import regions
from stages.learned.clusternet.learning import Learning, Plan
from stages.learned.clusternet.network import ClusterNet
from stages.learned.clusternet.practice import Practice
from stages.learned.running.threads import side_by_side

LEARNING_RATE, FULL_STEPS, WARM_UP, AVERAGE = 1e-3, 300, 10, 0.98
"""The rate at its height is that of `FULL_STEPS`; fewer take smaller ones: the first steps of a training
go astray, and few could not mend it."""

SMALL_BATCH, BATCHES = 32, 2
"""A step of 64 windows for two threads to share, whatever their number."""


def adapted(
    networks: Sequence[ClusterNet], frame: RawFrame, defects: DefectMap, steps: int
) -> list[ClusterNet] | None:
    """The networks after so many steps on a frame's good pixels; those given stay as they are.

    Parameters
    ----------
    networks : sequence of ClusterNet
        What learns on, on the CPU.
    frame : RawFrame
        Bayer.
    defects : DefectMap
        Its marked pixels; their values are not used.
    steps : int
        Steps of 64 windows.

    Returns
    -------
    list of ClusterNet, or None
        None where there is nothing to repair or to learn from, or no step to take.
    """
    parts = regions(defects) if steps else []
    practice = Practice.of(frame, parts[0], SMALL_BATCH) if parts else None
    if practice is None:
        return None
    with side_by_side(min(BATCHES, thread_budget())) as pool:
        return [_learned(deepcopy(one), practice, pool, steps) for one in networks]


def _learned(
    network: ClusterNet, practice: Practice, pool: ThreadPoolExecutor, steps: int
) -> ClusterNet:
    plan = Plan(
        network.shape,
        small_batch=SMALL_BATCH,
        batches=BATCHES,
        learning_rate=LEARNING_RATE * min(1.0, steps / FULL_STEPS),
        warm_up=WARM_UP,
        average=AVERAGE,
    )
    learning = Learning(plan, practice, pool, network, begun=True)
    for number in range(steps):
        learning.step(number, number / steps)
    return learning.averaged()

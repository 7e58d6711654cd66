"""The training of the network: learning that is judged on held-out windows, saved and gone on with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from stages.learned.clusternet.learning import Learning, Plan, Source
from stages.learned.clusternet.network import ClusterNet
from stages.learned.clusternet.validation import Validation
from stages.learned.clusternet.weights import save_weights


class ClusterTask(Learning):
    """The network, its optimisers and the average that is shipped; a `training.loop.Task`.

    Parameters
    ----------
    plan : Plan
        What to train.
    source : Source
        Batches of the plan's size.
    validation : Validation
        Held-out windows that the best weights are chosen by.
    pool : ThreadPoolExecutor
        Threads that work at once, see `running.threads`.
    about : dict
        Written into the weights file.
    start : ClusterNet, optional
        Weights to begin with, of the plan's shape.
    """

    def __init__(
        self,
        plan: Plan,
        source: Source,
        validation: Validation,
        pool: ThreadPoolExecutor,
        about: dict[str, object] | None = None,
        start: ClusterNet | None = None,
    ) -> None:
        torch.manual_seed(plan.seed)
        network = start or ClusterNet(plan.shape)
        super().__init__(plan, source, pool, network, start is not None)
        self.validation = validation
        self.about = about or {}

    def judge(self) -> dict[str, float]:
        """Leads of the average over the first fill, dB."""
        gains = self.validation.gains_db(self.averaged())
        return {**gains, "score": sum(gains.values()) / len(gains)}

    def write(self, path: Path, about: dict[str, Any]) -> None:
        """Write the average."""
        save_weights(path, self.averaged(), {**self.about, **about})

"""Learning in steps of small batches that threads work through side by side.

A step is a fixed number of small batches; each is drawn and worked through by one thread, and their
gradients are added in a fixed order. The result therefore does not depend on the number of threads, and
a busy core delays a step by one small batch at most.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor

from torch import Tensor

from stages.learned.training.learner import Learner


class SmallBatches(ABC):
    """What learns so; with a judgement and a file to write it is a `training.loop.Task`.

    Parameters
    ----------
    small_batch, batches : int
        Samples that one thread takes at a time; how many of those make a step.
    pool : ThreadPoolExecutor
        Threads that work at once, see `running.threads`.
    learner : Learner
        The network and its optimisers.
    """

    def __init__(
        self, small_batch: int, batches: int, pool: ThreadPoolExecutor, learner: Learner
    ) -> None:
        self.small_batch, self.batches = small_batch, batches
        self.pool, self.learner = pool, learner

    @property
    def samples_per_step(self) -> int:
        """Samples of a step."""
        return self.small_batch * self.batches

    def step(self, number: int, fraction: float) -> dict[str, float]:
        """Take one step at the rate that the schedule asks for."""
        first = number * self.batches
        results = list(self.pool.map(self._gradients, range(first, first + self.batches)))
        self.learner.step(number, fraction, [gradients for gradients, _ in results])
        return {"loss": sum(loss for _, loss in results) / len(results)}

    @abstractmethod
    def _gradients(self, number: int) -> tuple[tuple[Tensor, ...], float]:
        """Work small batch ``number`` through, and its loss; the network is only read."""

    def state(self) -> dict[str, Tensor]:
        """See `training.learner.Learner`."""
        return self.learner.state()

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a saved state."""
        self.learner.restore(state)

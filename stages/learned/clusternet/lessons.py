"""What a network is shown, batch by batch: drawn anew, or drawn once, taught and kept."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from stages.learned.clusternet.sampling import Batch, draw
from stages.learned.clusternet.teacher import Teacher
from stages.learned.training.pictures import Pictures


@dataclass(frozen=True, eq=False)
class Lessons:
    """Batches by their numbers; the same number is always the same batch.

    Parameters
    ----------
    pictures : Pictures
        To draw windows from.
    seed : int
        Of every window.
    size : int
        Windows of a batch.
    shares : tuple of float
        Shares of the defect families of `shapes.FAMILIES`.
    teacher : Teacher, optional
        Has its say in what is aimed at.
    keep : int
        With a teacher, batches after which the first one comes again: an answer costs as much as
        learning from it. They are kept in memory in half precision, 12 kB a window.
    """

    pictures: Pictures
    seed: int
    size: int
    shares: tuple[float, ...]
    teacher: Teacher | None = None
    keep: int = 1
    _kept: dict[int, Batch] = field(default_factory=dict, init=False)

    def batch(self, number: int) -> Batch:
        """Batch ``number``, counted from 0."""
        if self.teacher is None:
            return self._drawn(number)
        number %= self.keep
        if number not in self._kept:
            self._kept[number] = _as(np.float16, self.teacher.teach(self._drawn(number)))
        return _as(np.float32, self._kept[number])

    def _drawn(self, number: int) -> Batch:
        return draw(self.pictures, (self.seed << 32) + number, self.size, self.shares)


def _as(dtype: type[np.floating], batch: Batch) -> Batch:
    """The batch with its floating point arrays in another precision."""
    parts = (getattr(batch, one.name) for one in fields(batch))
    return Batch(*(p.astype(dtype) if p.dtype.kind == "f" else p for p in parts))

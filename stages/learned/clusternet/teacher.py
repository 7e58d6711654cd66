"""What networks that have learned before say of a training window: a target with far less chance in it.

Most of the distance between a repair and the truth is what nobody could know. To a network that learns
from the truth alone it is noise; a teacher's answer has none of it. Part of the truth stays in what is
aimed at, for a network to become better than its teachers.

References: G. Hinton, O. Vinyals, J. Dean, *Distilling the knowledge in a neural network*, 2015;
T. Furlanello, Z. Lipton, M. Tschannen, L. Itti, A. Anandkumar, *Born-again neural networks*, ICML 2018.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from stages.learned.clusternet.inference import Engine
from stages.learned.clusternet.sampling import Batch
from stages.learned.clusternet.weights import load_weights

TRUST = 0.7
"""Share of the teachers' answer in what is aimed at; the rest is the truth."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Teacher:
    """Networks whose answers are averaged, from red and from blue.

    Parameters
    ----------
    engine : Engine
        The networks made ready.
    """

    engine: Engine

    @staticmethod
    def of(files: str) -> Teacher | None:
        """The teacher that weights files make, listed as in ``PATH``; none of an empty list.

        Raises
        ------
        WeightsError
            If a file is missing, damaged or of another network.
        """
        paths = [Path(name.strip()) for name in files.split(os.pathsep) if name.strip()]
        networks = [load_weights(path)[0] for path in paths]
        return Teacher(Engine.of(networks, "auto", "auto")) if networks else None

    def teach(self, batch: Batch) -> Batch:
        """The batch with what is aimed at moved towards the teacher's answer."""
        answer = self._answer(batch.features, batch.inset.tolist())
        aim = batch.target + TRUST * (answer - batch.target) * (batch.weight > 0)
        return replace(batch, aim=aim)

    def _answer(self, features: Floats, insets: list[int]) -> Floats:
        """Residuals of the core, (N, CORE, CORE, 4)."""
        answer = _mosaics(self.engine.predict(features, insets)[0])
        # A pixel further down and to the right a window starts at blue, and needs a little more core.
        moved = _packed(_moved(_mosaics(features)))
        wider = [max(inset - 1, 0) for inset in insets]
        blue = _mosaics(self.engine.predict(moved, wider)[0])
        answer[:, :, 1:, 1:] += blue[:, :, :-1, :-1]
        answer[:, :, 1:, 1:] /= 2
        return _packed(answer)


def _mosaics(packed: Floats) -> Tensor:
    """Planes in fours (N, h, w, 4k) as mosaics (N, k, 2h, 2w)."""
    return functional.pixel_shuffle(torch.from_numpy(packed).permute(0, 3, 1, 2), 2)


def _packed(mosaics: Tensor) -> Floats:
    """The way back."""
    planes = functional.pixel_unshuffle(mosaics, 2).permute(0, 2, 3, 1)
    return np.ascontiguousarray(planes.numpy())


def _moved(mosaics: Tensor) -> Tensor:
    """Codes, mask and misfit (N, 3, WINDOW, WINDOW), seen a pixel further on; what is beyond is bad."""
    moved = functional.pad(mosaics[:, :, 1:, 1:], (0, 1, 0, 1))
    moved[:, 1, -1], moved[:, 1, :, -1] = 1.0, 1.0
    return moved

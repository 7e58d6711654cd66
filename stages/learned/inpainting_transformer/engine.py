"""A network made ready, and windows of a frame put through it in fixed chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from stages.learned.inpainting_transformer.completion import complete
from stages.learned.inpainting_transformer.network import InpaintingTransformer
from stages.learned.inpainting_transformer.shape import Shape
from stages.learned.inpainting_transformer.weights import load_weights
from stages.learned.running.place import Place, Running

CHUNK = 8
"""Windows that one thread takes at a time; fixed, so that threads do not change a result."""

SHIPPED = Path(__file__).parents[1] / "weights" / "intra.safetensors"

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Predicted:
    """Patches of a chunk of windows, all (N, H, 4·K²).

    Parameters
    ----------
    levels : float32 array
        White-balanced levels.
    spread : float32 array or None
        Expected standard deviation of the levels, where the network says one.
    """

    levels: Floats
    spread: Floats | None


@dataclass(frozen=True)
class Engine:
    """A network and the place it runs in.

    Parameters
    ----------
    network : InpaintingTransformer
        Of local positions, on the place's device.
    place : Place
        Device and precision.
    about : dict
        What the weights file says of itself.
    """

    network: InpaintingTransformer
    place: Place
    about: dict[str, Any]

    @staticmethod
    def of(running: Running) -> Engine:
        """The shipped network, or that of a file.

        Raises
        ------
        WeightsError
            If the file is missing, damaged or of another network.
        """
        path = Path(running.weights) if running.weights else SHIPPED
        changed_ns = path.stat().st_mtime_ns if path.is_file() else 0
        place = Place.of(running.device, running.precision)
        network, about = _loaded(path, changed_ns, place)
        return Engine(network, place, about)

    @property
    def shape(self) -> Shape:
        """The network's."""
        return self.network.shape

    def predict(self, levels: Floats, known: Floats, wanted: NDArray[np.int64]) -> Predicted:
        """Predict the wanted patches of a chunk of windows; see `completion.complete`."""
        place, count = self.place, len(levels)
        parts = [
            torch.from_numpy(_grown(part)).to(place.device) for part in (levels, known, wanted)
        ]
        with place.computing():
            found = complete(self.network, *parts)
        # A Laplace law of mean absolute deviation b has the standard deviation √2·b.
        spread = found.deviation * 2**0.5 if self.shape.told else None
        return Predicted(
            found.levels.cpu().numpy()[:count],
            None if spread is None else spread.cpu().numpy()[:count],
        )


def chunks(items: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Cut items into chunks of `CHUNK`."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _grown(part: NDArray[Any]) -> NDArray[Any]:
    """The last item repeated to a whole chunk.

    Matrix products round differently for other numbers of rows; a window's result must not depend on
    how many others there are.
    """
    missing = CHUNK - len(part)
    return np.concatenate([part, part[-1:].repeat(missing, 0)]) if missing else part


@lru_cache(maxsize=4)
def _loaded(
    path: Path, changed_ns: int, place: Place
) -> tuple[InpaintingTransformer, dict[str, Any]]:
    network, about = load_weights(path)
    return network.to(place.device), about

"""Random numbers inside kernels: a state of one word, so that each window has a stream of its own.

Reference: G. L. Steele, D. Lea, C. H. Flood, *Fast splittable pseudorandom number generators*, OOPSLA
2014 (SplitMix64).
"""

from __future__ import annotations

import numpy as np
from numpy import uint64
from numpy.typing import NDArray

from isp.jit import kernel

State = NDArray[np.uint64]

_GOLDEN = uint64(0x9E3779B97F4A7C15)
_STREAM = uint64(0xD1B54A32D192ED03)
_MIX1, _MIX2 = uint64(0xBF58476D1CE4E5B9), uint64(0x94D049BB133111EB)


@kernel()
def start(state: State, seed: int, number: int) -> None:
    """Begin stream ``number`` of a seed."""
    state[0] = uint64(seed) * _GOLDEN + uint64(number) * _STREAM
    for _ in range(3):
        uniform(state)


@kernel()
def uniform(state: State) -> float:
    """A float in [0, 1)."""
    state[0] += _GOLDEN
    z = state[0]
    z = (z ^ (z >> uint64(30))) * _MIX1
    z = (z ^ (z >> uint64(27))) * _MIX2
    z = z ^ (z >> uint64(31))
    return float(np.float64(z >> uint64(11)) * (1.0 / 9007199254740992.0))


@kernel()
def integer(state: State, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return low + int(uniform(state) * (high - low + 1))


@kernel()
def normal(state: State) -> float:
    """Near enough to a standard normal number: four uniforms (Irwin-Hall), of variance 1."""
    total = uniform(state) + uniform(state) + uniform(state) + uniform(state)
    return (total - 2.0) * 1.7320508075688772

"""What shapes promise of their masks."""

from __future__ import annotations

import numpy as np

from isp.bound import Stage
from isp.testing import frames
from isp.testing.record import require

SIZES = ((1, 1), (1, 9), (8, 3), (24, 24), (61, 40))


def check(stage: Stage) -> None:
    """Check that masks are seeded float32 amplitudes above 0 up to 1 somewhere, at any size and phase."""
    for cfa in frames.cfas(stage.info.cfas):
        for phase in range(max(cfa.period)):
            for size in SIZES:
                where = f"{cfa.name} shifted by {phase}, size {size[0]}×{size[1]}"
                seen = cfa.shifted(phase, phase // 2)
                mask, again = (stage(np.random.default_rng(3), size, seen) for _ in range(2))
                plane = isinstance(mask, np.ndarray) and mask.ndim == 2
                require(
                    plane and mask.dtype == np.float32,
                    stage.info,
                    "must return a float32 mask",
                    where,
                )
                sound = bool(np.isfinite(mask).all() and mask.min() >= 0 and 0 < mask.max() <= 1)
                require(sound, stage.info, "must hold amplitudes from 0 to 1, some above 0", where)
                same = np.array_equal(mask, again)
                require(same, stage.info, "must draw the same mask for the same seed", where)

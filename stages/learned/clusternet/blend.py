"""A network's repair mixed with a full sparse Fourier fill: two opinions that err differently.

On held-out training photographs least squares of the encoded error asks for about a third of the fill;
more where the network is sure of itself, less where it is not and in noise, which gains too little over a
fixed share to be worth a rule. The better the network, the smaller the gain: 0.1 to 0.2 dB with the first
weights; with better ones 0.05 to 0.1 dB on clusters, and more on single pixels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.repair import Repair
from stages.kernels.fsr import fsr_values
from stages.kernels.fsr_windows import Settings


def with_fourier_fill(frame: RawFrame, defects: DefectMap, repair: Repair, share: float) -> Repair:
    """The repair with a share (0 to 1) of a sparse Fourier fill in each value that both can give."""
    values, filled = fsr_values(frame, defects, Settings(), "srgb")
    both = filled & repair.repaired
    mixed = repair.values + np.float32(share) * (values - repair.values)
    return replace(repair, values=np.where(both, mixed, repair.values).astype(np.float32))

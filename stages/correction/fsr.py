"""Frequency-selective reconstruction: a sparse Fourier model of the mosaic round each cluster.

References: Schöberl, Seiler, Bloss, Foessel, Kaup, "Sparsity-based defect pixel compensation for
arbitrary camera raw images", ICASSP 2011, 1257–1260; Seiler, Jonscher, Schöberl, Kaup, "Resampling images
to a regular grid from a non-regular subset of pixel positions using frequency selective reconstruction",
IEEE Transactions on Image Processing 24(11), 2015, 4540–4555.
"""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import stage
from isp.repair import Repair
from stages.kernels.encoded_boxes import decode_entries, encode_boxes
from stages.kernels.encoding import Encoding
from stages.kernels.fsr import REACH_PX, fsr_batch, fsr_tiles
from stages.kernels.fsr_windows import Settings
from stages.kernels.regions import Region, regions


@stage(
    kind="corrector",
    reference="Schöberl et al., ICASSP 2011; Seiler et al., IEEE TIP 24(11), 2015",
)
def fsr(
    frame: RawFrame,
    defects: DefectMap,
    *,
    encoding: Annotated[Encoding, Field(description="curve that values are filled on")] = "srgb",
    iterations: Annotated[
        int, Field(ge=1, le=5000, description="most Fourier functions per window")
    ] = 300,
    decay: Annotated[float, Field(gt=0, lt=1, description="loss of trust per pixel")] = 0.7,
    step: Annotated[float, Field(gt=0, le=1, description="part of a coefficient per step")] = 0.3,
    reuse: Annotated[float, Field(ge=0, le=1, description="trust in pixels filled before")] = 0.3,
) -> Repair:
    """Sparse Fourier model of the mosaic round each cluster, all colours in one model.

    Parameters
    ----------
    frame : RawFrame
        Any CFA and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    encoding : str
        Curve that white-balanced values are filled on.
    iterations : int
        Largest number of functions that a window's model is built of.
    decay : float
        Weight of a good pixel falls by this factor per pixel of distance.
    step : float
        Part of an estimated coefficient that joins the model at once.
    reuse : float
        Weight of pixels filled before, in clusters of more than one tile.

    Returns
    -------
    Repair
        Not repaired: pixels whose colour has no good pixel in reach.
    """
    settings = Settings(iterations, decay, step, reuse)
    values = np.zeros(len(defects), np.float32)
    repaired = np.zeros(len(defects), np.bool_)
    for region in regions(defects):
        values[region.entries], repaired[region.entries] = _fill(frame, region, settings, encoding)
    return Repair(values, repaired)


def _fill(
    frame: RawFrame, region: Region, settings: Settings, encoding: Encoding
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """DN of a region's marked pixels, and which of them could be filled."""
    defects = region.defects
    work = fsr_tiles(defects)
    boxes = work.grown(REACH_PX)
    values = encode_boxes(frame.mosaic, region.unusable, boxes, frame.meta, encoding)
    done = fsr_batch(values, region.unusable, defects, frame.cfa, work, settings)
    return decode_entries(values, defects.rows, defects.cols, frame.meta, encoding), done

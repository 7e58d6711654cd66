"""Libraries that develop a whole frame with one call: LibRaw, colour-demosaicing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class LibRawPpg:
    """LibRaw's PPG through rawpy on a DNG of the same frame; opening and unpacking are not timed."""

    def __init__(self, frame: Any, threads: int) -> None:
        os.environ["OMP_NUM_THREADS"] = str(threads)
        import rawpy

        from isp.io.output import write

        self._ppg = rawpy.DemosaicAlgorithm.PPG
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "frame.dng"
        write(path, frame)
        self._raw = rawpy.imread(str(path))
        self._raw.unpack() if hasattr(self._raw, "unpack") else None

    def __call__(self) -> NDArray[np.uint8]:
        """Develop the frame once."""
        return np.asarray(
            self._raw.postprocess(
                demosaic_algorithm=self._ppg, use_camera_wb=True, no_auto_bright=True, output_bps=8
            )
        )


class ColourDemosaicing:
    """colour-demosaicing's Malvar alone, on floats: no correction, no colour, no curve."""

    def __init__(self, frame: Any) -> None:
        from colour_demosaicing import demosaicing_CFA_Bayer_Malvar2004

        self._demosaic, self._cfa = demosaicing_CFA_Bayer_Malvar2004, frame.cfa.name
        self._mosaic = frame.normalised()

    def __call__(self) -> Any:
        """Develop the frame once."""
        return self._demosaic(self._mosaic, self._cfa)

"""Encoding of a frame only where sparse work looks at it, and decoding of what that work wrote."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.frame import FrameMeta
from isp.jit import kernel
from stages.kernels.encoding import CODES, Encoding, decoded_at, encoded_at


def balanced_scale(meta: FrameMeta) -> NDArray[np.float64]:
    """White-balance gain over (white − black) of each site, 1/DN, float64 of the levels' period."""
    span = meta.levels.white - meta.levels.black
    gains = meta.site_gains()
    repeats = (span.shape[0] // gains.shape[0], span.shape[1] // gains.shape[1])
    return np.asarray(np.tile(gains, repeats) / span)


def encode_boxes(
    mosaic: NDArray[Any],
    unusable: NDArray[np.bool_],
    boxes: NDArray[np.int64],
    meta: FrameMeta,
    encoding: Encoding,
) -> NDArray[np.float32]:
    """Encode the white-balanced values of usable pixels inside boxes.

    Parameters
    ----------
    mosaic : array of shape (H, W)
        DN.
    unusable : bool array of shape (H, W)
        Pixels to leave out.
    boxes : int array of shape (B, 4)
        Top, left, bottom, right (exclusive); may reach beyond the frame, and overlap.
    meta : FrameMeta
        The frame's.
    encoding : str
        Curve.

    Returns
    -------
    float32 array of shape (H, W)
        0 at unusable pixels and outside the boxes; memory is touched inside the boxes only.
    """
    values = np.zeros(mosaic.shape, np.float32)
    _encode(
        mosaic, unusable, boxes, meta.levels.black, balanced_scale(meta), CODES[encoding], values
    )
    return values


def decode_entries(
    values: NDArray[np.float32],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    meta: FrameMeta,
    encoding: Encoding,
) -> NDArray[np.float32]:
    """DN of the values at (rows, cols) of an array that `encode_boxes` made."""
    out = np.empty(len(rows), np.float32)
    _decode(values, rows, cols, meta.levels.black, balanced_scale(meta), CODES[encoding], out)
    return out


@kernel()
def _encode(
    mosaic: NDArray[Any],
    unusable: NDArray[np.bool_],
    boxes: NDArray[np.int64],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    code: int,
    values: NDArray[np.float32],
) -> None:
    height, width = mosaic.shape
    for box in boxes:
        for r in range(max(box[0], 0), min(box[2], height)):
            for c in range(max(box[1], 0), min(box[3], width)):
                if not unusable[r, c] and values[r, c] == 0.0:  # 0: in no box before this one
                    values[r, c] = encoded_at(mosaic, black, scale, r, c, code)


@kernel()
def _decode(
    values: NDArray[np.float32],
    rows: NDArray[np.int32],
    cols: NDArray[np.int32],
    black: NDArray[np.float64],
    scale: NDArray[np.float64],
    code: int,
    out: NDArray[np.float32],
) -> None:
    for i in range(len(rows)):
        out[i] = decoded_at(values[rows[i], cols[i]], black, scale, rows[i], cols[i], code)

"""Camera RGB to linear sRGB."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.errors import StageError
from isp.frame import FrameMeta, Matrix3
from isp.io.matrices import XYZ_TO_SRGB
from isp.local import LocalOp
from isp.registry import stage
from isp.rows import RowFormat, RowOp
from stages.kernels.matrix import matrix_strip


@stage(
    "colour",
    reference="Adobe DNG specification, ColorMatrix; Coffin, dcraw, cam_xyz_coeff",
    local=True,
)
def camera_matrix(
    meta: FrameMeta,
    *,
    xyz_to_camera: Annotated[
        Matrix3 | None,
        Field(description="XYZ (D65) to camera RGB; the frame's own where not given"),
    ] = None,
) -> LocalOp:
    """Turn camera RGB into linear sRGB (D65) with the camera's matrix, white kept white.

    The matrix from linear sRGB to camera RGB is XYZ → camera times sRGB → XYZ, its rows scaled to sum
    to 1 (so that balanced white stays white), and then inverted. White-balance gains that are still
    to be applied are applied here. A frame without a matrix is taken to be in linear sRGB already.

    Parameters
    ----------
    meta : FrameMeta
        A picture in camera RGB.
    xyz_to_camera : 3×3, optional
        In the sense of DNG's ColorMatrix for D65.

    Returns
    -------
    LocalOp
        Picture to picture, float32 linear sRGB, 1 = white, not clipped.

    Raises
    ------
    StageError
        If the matrix cannot be inverted.
    """
    given = xyz_to_camera or meta.camera_matrix
    to_srgb = np.eye(3) if given is None else _camera_to_srgb(given)
    matrix = np.ascontiguousarray(to_srgb @ np.diag(meta.white_balance), np.float32)

    def run(src: NDArray[Any], dst: NDArray[Any], row: int) -> None:
        matrix_strip(src, dst, matrix)

    step = "camera_matrix" if given is not None else "camera_matrix(none known: taken as sRGB)"
    out = meta.then(step, dtype="float32", space="linear_srgb", white_balance=(1.0, 1.0, 1.0))

    def rows(given: RowFormat) -> RowOp | None:
        return RowOp(given.with_matrix(matrix)) if given.lanes == "planes" else None

    return LocalOp(run, out, rows=rows)


def _camera_to_srgb(xyz_to_camera: Matrix3) -> NDArray[np.float64]:
    to_camera = np.asarray(xyz_to_camera) @ np.linalg.inv(XYZ_TO_SRGB)
    white = to_camera.sum(axis=1, keepdims=True)
    if (white <= 0).any() or np.linalg.cond(to_camera) > 1e6:
        raise StageError(
            f"The camera matrix {xyz_to_camera} (XYZ to camera RGB) cannot be inverted or has no"
            " response to white; give another one as xyz_to_camera."
        )
    return np.asarray(np.linalg.inv(to_camera / white), np.float64)

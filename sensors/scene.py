"""A synthetic scene: natural-like texture and the targets that engineers measure on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isp.errors import FrameError
from sensors import targets
from sensors.leaves import dead_leaves

Picture = NDArray[np.float32]
PSF_FWHM_PX = 1.5
"""Default width of the optics' point spread: no detail in the scene is finer than this."""
SMALLEST_WITH_TARGETS_PX = 128


def make_scene(
    shape: tuple[int, int], seed: int, *, fwhm_px: float = PSF_FWHM_PX, plain: bool = False
) -> Picture:
    """Make a scene of any size from a seed.

    Dead leaves fill the frame; along the bottom stand a 24-patch colour chart, a Siemens star and a
    slanted edge, along the top grey ramps (frames below 128 pixels have leaves only). The whole is
    blurred as by optics: a Gaussian point spread of the width stated.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    seed : int
        Any other seed gives other leaves.
    fwhm_px : float
        Full width at half maximum of the point spread in pixels, at least 0.
    plain : bool
        Leaves only.

    Returns
    -------
    float32 array of shape (H, W, 3)
        Linear sRGB, 0 black, 1 white, a few highlights up to about 1.2.

    Raises
    ------
    FrameError
        If a side is below 1 or the width is negative.
    """
    if min(shape) < 1 or fwhm_px < 0:
        raise FrameError(
            f"A scene needs at least 1×1 pixels and a blur >= 0; got {shape}, {fwhm_px}."
        )
    scene = dead_leaves(shape, np.random.default_rng(seed))
    if not plain and min(shape) >= SMALLEST_WITH_TARGETS_PX:
        _add_targets(scene)
    return _blurred(scene, fwhm_px)


def _add_targets(scene: Picture) -> None:
    height, width = scene.shape[:2]
    side = min(height // 4, width // 6)
    gap = max(side // 10, 2)
    bottom = height - gap
    chart_width = side * 3 // 2
    left = gap
    for picture in (
        targets.colour_chart((side, chart_width)),
        targets.siemens_star((side, side)),
        targets.slanted_edge((side, side)),
    ):
        scene[bottom - side : bottom, left : left + picture.shape[1]] = picture
        left += picture.shape[1] + gap
    scene[gap : gap + side // 3, gap : width - gap] = targets.ramps((side // 3, width - 2 * gap))


def _blurred(scene: Picture, fwhm_px: float) -> Picture:
    from scipy.ndimage import gaussian_filter

    sigma = fwhm_px / 2.3548
    if sigma == 0:
        return scene
    return np.stack(
        [gaussian_filter(scene[..., c], sigma, mode="nearest", truncate=4) for c in range(3)],
        axis=2,
    )

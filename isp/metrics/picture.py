"""Figures on developed pictures: the whole picture, and the defect areas in it.

References: Wang, Bovik, Sheikh, Simoncelli, *Image quality assessment: from error visibility to
structural similarity*, IEEE TIP 13 (2004); Sharma, Wu, Dalal, *The CIEDE2000 color-difference formula*,
Color Research and Application 30 (2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.errors import FrameError
from isp.frame import Area
from isp.metrics.pixels import psnr_db
from isp.metrics.regions import BOX_SIDE_PX, area_mask

Picture = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class PictureErrors:
    """Maps of the difference of two pictures, from which all picture figures are taken.

    Parameters
    ----------
    error : float64 array of shape (H, W, 3)
        Test less reference, sRGB-encoded, peak 1.
    ssim : float64 array of shape (H, W)
        Structural similarity of the window round each pixel, mean of the channels.
    delta_e : float64 array of shape (H, W)
        CIEDE2000 of each pixel.
    """

    error: NDArray[np.float64]
    ssim: NDArray[np.float64]
    delta_e: NDArray[np.float64]


def picture_errors(reference: Picture, test: Picture) -> PictureErrors:
    """Compare two sRGB-encoded pictures pixel by pixel.

    Parameters
    ----------
    reference, test : float arrays of shape (H, W, 3)
        0 .. 1, at least 7 × 7 pixels.

    Raises
    ------
    FrameError
        If the shapes differ, or are not those of a picture of at least 7 × 7 pixels.
    """
    if reference.shape != test.shape or reference.ndim != 3 or reference.shape[2] != 3:
        raise FrameError(
            "Two pictures of one shape (H, W, 3) are needed for a comparison; got"
            f" {reference.shape} and {test.shape}."
        )
    if min(reference.shape[:2]) < BOX_SIDE_PX:
        raise FrameError(
            f"SSIM needs pictures of at least {BOX_SIDE_PX}×{BOX_SIDE_PX} pixels; got"
            f" {reference.shape[0]}×{reference.shape[1]}."
        )
    error = np.asarray(test, np.float64) - np.asarray(reference, np.float64)
    return PictureErrors(error, ssim_map(reference, test), delta_e_map(reference, test))


def ssim_map(reference: Picture, test: Picture) -> NDArray[np.float64]:
    """Structural similarity with a uniform 7×7 window and data range 1, mean of channels, (H, W).

    Computed only where the pictures differ, and one window round that: elsewhere it is 1.
    """
    from skimage.metrics import structural_similarity

    found = np.ones(reference.shape[:2])
    part = _different_part(reference, test)
    if part is not None:
        _, similarity = structural_similarity(
            np.asarray(reference[part], np.float64),
            np.asarray(test[part], np.float64),
            win_size=BOX_SIDE_PX,
            data_range=1.0,
            channel_axis=-1,
            full=True,
        )
        found[part] = similarity.mean(axis=-1)
    return found


def _different_part(reference: Picture, test: Picture) -> tuple[slice, slice] | None:
    """The rectangle that holds all differences with a window's side round it; None: no difference."""
    different = (reference != test).any(axis=-1)
    if not different.any():
        return None
    spans = []
    for axis in (1, 0):
        hit = np.flatnonzero(different.any(axis=axis))
        spans.append(slice(max(int(hit[0]) - BOX_SIDE_PX, 0), int(hit[-1]) + BOX_SIDE_PX + 1))
    return spans[0], spans[1]


def delta_e_map(reference: Picture, test: Picture) -> NDArray[np.float64]:
    """CIEDE2000 of two sRGB-encoded pictures, (H, W); computed only where they differ."""
    import colour

    different = (reference != test).any(axis=-1)
    found = np.zeros(different.shape)
    if different.any():
        lab = [
            colour.XYZ_to_Lab(colour.sRGB_to_XYZ(np.asarray(picture[different], np.float64)))
            for picture in (reference, test)
        ]
        found[different] = colour.delta_E(*lab, method="CIE 2000")
    return found


def window_centres(box: Area) -> Area:
    """The pixels of a box whose 7×7 windows lie inside it: what a SSIM of the cut-out box averages."""
    pad = BOX_SIDE_PX // 2
    return Area(box.top + pad, box.left + pad, box.height - 2 * pad, box.width - 2 * pad)


def _inner(shape: tuple[int, ...]) -> Area:
    return window_centres(Area(0, 0, shape[0], shape[1]))


def global_figures(errors: PictureErrors) -> dict[str, float]:
    """PSNR, SSIM and mean CIEDE2000 of the whole picture."""
    return {
        "global_psnr_db": psnr_db(errors.error),
        "global_ssim": float(errors.ssim[_inner(errors.ssim.shape).slices].mean()),
        "global_delta_e": float(errors.delta_e.mean()),
    }


def area_figures(errors: PictureErrors, boxes: list[Area]) -> dict[str, float]:
    """PSNR, SSIM and mean CIEDE2000 of defect areas.

    Parameters
    ----------
    errors : PictureErrors
        Of the whole picture.
    boxes : list of Area
        Each at least 7 × 7 (see `isp.metrics.regions.grown`). PSNR and CIEDE2000 pool the pixels of
        all boxes; SSIM is the mean over boxes of the SSIM of the cut-out box.
    """
    inside = area_mask(boxes, errors.ssim.shape)  # type: ignore[arg-type]  # a shape of two
    similar = [errors.ssim[window_centres(box).slices].mean() for box in boxes]
    return {
        "area_psnr_db": psnr_db(errors.error[inside]),
        "area_ssim": float(np.mean(similar)),
        "area_delta_e": float(errors.delta_e[inside].mean()),
    }


def model_score(figures: dict[str, float]) -> float:
    """PSNR + 100·SSIM, of the whole picture plus of the defect areas: one figure to rank by.

    Parameters
    ----------
    figures : dict
        Those of `global_figures` and `area_figures` together.
    """
    return sum(
        figures[f"{scope}_psnr_db"] + 100 * figures[f"{scope}_ssim"] for scope in ("global", "area")
    )

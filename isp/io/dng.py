"""DNG out: a mosaic with its levels, CFA, active area, colour and exposure, uncompressed.

Reference: Adobe, Digital Negative (DNG) Specification, version 1.7.1 (2023). CFA and black levels
start at the active area there, at the raw frame here.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import numpy as np

from isp import __version__
from isp.errors import FileError
from isp.frame import FrameMeta, RawFrame
from isp.io import tags as codes
from isp.io.cfa_codes import channels_of
from isp.io.codes import file_codes
from isp.io.dng_tags import D65, UNKNOWN_COLOUR
from isp.io.matrices import XYZ_TO_SRGB
from isp.io.tiff_out import Tag, write_tiff
from isp.levels import Levels

log = logging.getLogger(__name__)

_SMALLEST_SIDE: Final = 22


def write(path: Path, frame: RawFrame, *, opcode_list1: bytes | None = None) -> None:
    """Write a frame as DNG that LibRaw reads back bit for bit.

    Parameters
    ----------
    path : Path
        Where to; replaced where it is there.
    frame : RawFrame
        uint8, uint16 or float32 (moved back to its code grid).
    opcode_list1 : bytes, optional
        The list of opcodes that a raw developer applies to the codes as stored (tag 51008).

    Raises
    ------
    FileError
        If the active area is below 22 pixels high or wide, which LibRaw takes for no picture.
    """
    area = frame.meta.active_area
    if min(area.height, area.width) < _SMALLEST_SIDE:
        raise FileError(
            f"A DNG needs an active area of at least {_SMALLEST_SIDE}×{_SMALLEST_SIDE} pixels"
            f" (smaller ones are refused by LibRaw); this one is {area.height}×{area.width}. Write"
            " it as .npy or .tiff."
        )
    pixels, levels = file_codes(frame)
    tags = [*_identity_tags(frame.meta, opcode_list1), *colour_tags(frame.meta)]
    tags += [*cfa_tags(frame.meta), *level_tags(frame.meta, levels), _area_tag(frame.meta)]
    tags += [*_crop_tags(frame.meta), *_noise_tags(frame.meta, levels)]
    write_tiff(path, pixels, tags, _exif_tags(frame.meta))


def write_mosaic_tiff(path: Path, frame: RawFrame) -> None:
    """Write a frame as a grey TIFF; CFA and levels stand in its tags, where any reader may look.

    Its orientation is left out: readers that turn the pixels would move them against the CFA.
    """
    pixels, levels = file_codes(frame)
    tags = [Tag.shorts(codes.PHOTOMETRIC, 1), _area_tag(frame.meta)]
    tags += [*cfa_tags(frame.meta)[1:], *level_tags(frame.meta, levels)]
    write_tiff(path, pixels, tags)


def _identity_tags(meta: FrameMeta, opcode_list1: bytes | None) -> list[Tag]:
    camera = meta.camera or "ispsim"
    maker, _, _ = camera.partition(" ")
    back = (1, 3, 0, 0) if opcode_list1 else (1, 1, 0, 0)
    tags = [
        Tag.text(codes.MAKE, maker),
        Tag.text(codes.MODEL, camera),
        Tag.shorts(codes.ORIENTATION, meta.orientation),
        Tag.text(codes.SOFTWARE, f"ispsim {__version__}"),
        Tag.octets(codes.DNG_VERSION, 1, 4, 0, 0),
        Tag.octets(codes.DNG_BACKWARD_VERSION, *back),
        Tag.text(codes.UNIQUE_CAMERA_MODEL, camera),
    ]
    return [*tags, Tag.opaque(codes.OPCODE_LIST_1, opcode_list1)] if opcode_list1 else tags


def cfa_tags(meta: FrameMeta) -> list[Tag]:
    """Photometric interpretation, then the CFA from the active area on (none where monochrome)."""
    area = meta.active_area
    channels = channels_of(meta.cfa.shifted(area.top, area.left))
    if channels is None:
        return [Tag.shorts(codes.PHOTOMETRIC, codes.PHOTOMETRIC_LINEAR_RAW)]
    return [
        Tag.shorts(codes.PHOTOMETRIC, codes.PHOTOMETRIC_CFA),
        Tag.shorts(codes.CFA_DIM, *meta.cfa.period),
        Tag.octets(codes.CFA_PATTERN, *(channel for row in channels for channel in row)),
        Tag.octets(codes.CFA_PLANE_COLOR, 0, 1, 2),
        Tag.shorts(codes.CFA_LAYOUT, 1),
    ]


def level_tags(meta: FrameMeta, levels: Levels) -> list[Tag]:
    """Black per site from the active area on, and white (a DNG has one white for all sites)."""
    black = levels.shifted(meta.active_area.top, meta.active_area.left).black
    if (black == black[0, 0]).all():
        black = black[:1, :1]
    white = _white(levels)
    if (levels.white != white).any():
        log.warning("A DNG holds one whole white level; wrote %d of %s.", white, levels.white_dn)
    return [
        Tag.shorts(codes.BLACK_DIM, *black.shape),
        Tag.rationals(codes.BLACK_LEVEL, np.maximum(black, 0.0).reshape(-1).tolist()),
        Tag.longs(codes.WHITE_LEVEL, white),
    ]


def _white(levels: Levels) -> int:
    return int(np.rint(levels.white.min()))


def _noise_tags(meta: FrameMeta, levels: Levels) -> list[Tag]:
    """The noise model on levels from 0 at the written black to 1 at the written white."""
    if meta.noise is None:
        return []
    span = float((_white(levels) - np.maximum(levels.black, 0.0)).mean())
    scale, offset = meta.noise.gain_dn_e / span, meta.noise.read_variance_dn2 / span**2
    return [Tag.doubles(codes.NOISE_PROFILE, scale, offset)]


def _area_tag(meta: FrameMeta) -> Tag:
    area = meta.active_area
    return Tag.longs(codes.ACTIVE_AREA, area.top, area.left, area.bottom, area.right)


def _crop_tags(meta: FrameMeta) -> list[Tag]:
    """The part to show and how bright; the whole active area where the frame's crop is not in it."""
    area, hints = meta.active_area, meta.rendering
    whole = (0.0, 0.0, float(area.width), float(area.height))
    left, top, width, height = hints.default_crop or whole
    if not (0 <= left < left + width <= area.width and 0 <= top < top + height <= area.height):
        left, top, width, height = whole
    return [
        Tag.rationals(codes.DEFAULT_CROP_ORIGIN, [left, top]),
        Tag.rationals(codes.DEFAULT_CROP_SIZE, [width, height]),
        Tag.rationals(codes.BASELINE_EXPOSURE, [hints.baseline_exposure_ev], signed=True),
    ]


def colour_tags(meta: FrameMeta) -> list[Tag]:
    """Colour matrix for D65 and neutral; a named stand-in matrix where the camera's is unknown."""
    if channels_of(meta.cfa) is None:
        return []
    matrix = XYZ_TO_SRGB if meta.camera_matrix is None else np.asarray(meta.camera_matrix)
    neutral = [1.0 / gain for gain in meta.white_balance]
    tags = [
        Tag.rationals(codes.COLOR_MATRIX[0], matrix.reshape(-1).tolist(), signed=True),
        Tag.shorts(codes.ILLUMINANT[0], D65),
        Tag.rationals(codes.AS_SHOT_NEUTRAL, neutral),
    ]
    if meta.camera_matrix is None:
        tags.append(Tag.text(codes.PROFILE_NAME, UNKNOWN_COLOUR))
    return tags


def _exif_tags(meta: FrameMeta) -> list[Tag]:
    tags = []
    if meta.exposure_s is not None:
        tags.append(Tag.rationals(codes.EXPOSURE_TIME, [meta.exposure_s]))
    if meta.gain is not None:
        tags.append(Tag.shorts(codes.ISO_SPEED, int(np.clip(np.rint(meta.gain), 1, 65535))))
    return tags

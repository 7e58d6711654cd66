"""What the user says of a file that does not say it itself, and the frame made from both."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from math import gcd, isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.errors import FileError
from isp.frame import FrameMeta, RawFrame
from isp.io.guard import check_pixels
from isp.levels import Levels

log = logging.getLogger(__name__)

_FEWEST_CODES_FOR_A_STEP = 32


@dataclass(frozen=True)
class ReadHints:
    """Description of a file that has no header, or corrections to what a header says.

    Parameters
    ----------
    cfa : Cfa or str, optional
        Colour filter array from the top-left of the raw frame.
    size : (int, int), optional
        Width and height in pixels, as in ``--size 1920x1080``.
    bits : int, optional
        Bits per pixel, 1 to 16. The white level is 2^bits − 1 where nothing else gives it.
    black_dn, white_dn : float, optional
        Levels of all sites in DN.

    Raises
    ------
    FileError
        If a value is out of its range.
    """

    cfa: Cfa | str | None = None
    size: tuple[int, int] | None = None
    bits: int | None = None
    black_dn: float | None = None
    white_dn: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.cfa, str):
            object.__setattr__(self, "cfa", Cfa.parse(self.cfa))
        if self.size is not None and (len(self.size) != 2 or min(self.size) < 1):
            raise FileError(f"A size is width×height, both at least 1; got {self.size}.")
        if self.bits is not None and not 1 <= self.bits <= 16:
            raise FileError(f"A raw file has 1 to 16 bits per pixel; got {self.bits}.")
        for name, value in (("black", self.black_dn), ("white", self.white_dn)):
            if value is not None and not (isfinite(value) and abs(value) <= 65535):
                raise FileError(f"The {name} level lies from −65535 to 65535 DN; got {value}.")

    @property
    def pattern(self) -> Cfa | None:
        """The CFA, parsed."""
        return Cfa.parse(self.cfa) if isinstance(self.cfa, str) else self.cfa


def to_frame(
    path: Path,
    mosaic: NDArray[Any],
    hints: ReadHints,
    *,
    cfa: Cfa | None = None,
    levels: Levels | None = None,
    **fields: Any,
) -> RawFrame:
    """Join decoded pixels, what the file says and what the user says into a frame.

    Parameters
    ----------
    path : Path
        The file, for messages and provenance.
    mosaic : array of shape (H, W), uint8 or uint16
        Codes as the file has them.
    hints : ReadHints
        What the user says; it goes before what the file says.
    cfa, levels
        What the file says, None where it says nothing.
    **fields
        Further fields of `FrameMeta`.

    Raises
    ------
    FileError
        If the pixels are no mosaic, are all zero, have more bits than given, or nobody gave the CFA.
    """
    mosaic = _checked(path, mosaic, hints)
    known = hints.pattern or cfa
    if known is None:
        raise FileError(
            f"'{path}' does not say which colour filter array it has; give one with --cfa"
            " (RGGB, BGGR, GRBG, GBRG, QUAD_RGGB …, XTRANS or MONO)."
        )
    if cfa is not None and known != cfa:
        log.warning("%s says its CFA is %s; taking %s as told.", path, cfa.name, known.name)
    meta = FrameMeta(
        shape=(int(mosaic.shape[0]), int(mosaic.shape[1])),
        dtype=mosaic.dtype,
        cfa=known,
        levels=_levels(path, mosaic, hints, levels),
        provenance=(f"read {path.name}",),
        **fields,
    )
    return RawFrame(mosaic, meta)


def _checked(path: Path, mosaic: NDArray[Any], hints: ReadHints) -> NDArray[Any]:
    if mosaic.ndim != 2 or mosaic.dtype.kind != "u" or mosaic.dtype.itemsize > 2:
        raise FileError(
            f"'{path}' holds a {mosaic.dtype} array of shape {mosaic.shape}; a mosaic is"
            " two-dimensional, uint8 or uint16."
        )
    height, width = mosaic.shape
    check_pixels(path, height, width)
    if hints.size is not None and hints.size != (width, height):
        asked = f"{hints.size[0]}×{hints.size[1]}"
        raise FileError(f"'{path}' is {width}×{height} pixels, not {asked} as given with --size.")
    if not mosaic.any():
        raise FileError(
            f"'{path}' decodes to zeros only: it is empty, or damaged where its pixels should be."
        )
    return mosaic.astype(mosaic.dtype.newbyteorder("="), copy=False)


def _levels(path: Path, mosaic: NDArray[Any], hints: ReadHints, found: Levels | None) -> Levels:
    """Levels by the hints, else by the file, else by the bits; saturation covers every code."""
    bits = hints.bits or 8 * mosaic.dtype.itemsize
    base = found or Levels.of(0.0, 2.0**bits - 1.0)
    black = base.black_dn if hints.black_dn is None else hints.black_dn
    white = base.white_dn if hints.white_dn is None else hints.white_dn
    present = np.zeros(1 << (8 * mosaic.dtype.itemsize), np.bool_)
    present[mosaic] = True
    codes = np.flatnonzero(present)
    if hints.bits is not None:
        _check_bits(path, hints.bits, int(codes[-1]))
    if hints.white_dn is not None:
        _check_white(path, hints.white_dn, bits, int(codes[-1]))
    top = np.maximum(np.asarray(white, np.float64), float(codes[-1]))
    return replace(Levels.of(black, white, top), step_dn=_step(codes))


def _check_bits(path: Path, bits: int, highest: int) -> None:
    """Refuse codes that so many bits cannot mean; some files go beyond their depth by a few codes."""
    if highest.bit_length() > bits + 1:
        raise FileError(
            f"'{path}' holds codes up to {highest}; codes of {bits} bits end at {2**bits - 1}."
            f" Give --bits {highest.bit_length()} or more."
        )
    if highest >> bits:
        log.warning("'%s' holds codes up to %d, beyond its %d bits", path, highest, bits)


def _check_white(path: Path, white: float, bits: int, highest: int) -> None:
    """Say so where a given white level lies below the codes or beyond what the bits can hold."""
    if highest > white:
        log.warning("'%s' holds codes up to %d, beyond its white level of %g", path, highest, white)
    elif white > 2**bits - 1:
        log.warning(
            "'%s' has codes of %d bits, which end at %d below the white level of %g given",
            *(path, bits, 2**bits - 1, white),
        )


def _step(codes: NDArray[np.intp]) -> float:
    """Distance of codes on the grid: 4 for a 10-bit file whose two lowest bits are always 0."""
    if len(codes) < _FEWEST_CODES_FOR_A_STEP:
        return 1.0
    return float(gcd(*(int(code) for code in codes)))

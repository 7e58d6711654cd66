"""FITS mosaics of astronomy cameras, through astropy (extra ``fits``).

Conventions: FITS Standard 4.0 (IAU, 2018); ``BAYERPAT``, ``XBAYROFF``, ``YBAYROFF`` and
``ROWORDER`` as capture software writes them: the pattern is that of the picture seen upright, so a
file with its rows bottom-up is turned over before the pattern is laid on it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.cfa import Cfa
from isp.errors import FileError, MissingDependencyError
from isp.frame import RawFrame
from isp.io.guard import check_pixels, decoding
from isp.io.hints import ReadHints, to_frame


def read(path: Path, hints: ReadHints) -> RawFrame:
    """Read the first two-dimensional image of a FITS file as a mosaic.

    Raises
    ------
    FileError
        If there is none, or its values are no codes from 0 to 65535.
    MissingDependencyError
        If astropy is not installed.
    """
    try:
        from astropy.io import fits
    except ImportError:
        raise MissingDependencyError(
            f"Reading '{path}' needs astropy; install it with 'pip install ispsim[fits]'."
        ) from None
    with _no_warnings(), decoding(path, "FITS"), fits.open(path, memmap=False) as units:
        unit = _image(path, units)
        header, mosaic = unit.header, _codes(path, np.asarray(unit.data))
        if str(header.get("ROWORDER", "")).strip().upper() == "BOTTOM-UP":
            mosaic = mosaic[::-1]
        fields = _fields(header)
    return to_frame(path, mosaic, hints, **fields)


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Astropy warns of odd headers and short files; what matters of it becomes an error here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _image(path: Path, units: Any) -> Any:
    """The first unit with two axes, its size checked by the header before its data are read."""
    for unit in units:
        shape: tuple[int, ...] = getattr(unit, "shape", ())
        if len(shape) == 2:
            check_pixels(path, shape[0], shape[1])
            return unit
    raise FileError(f"'{path}' holds no two-dimensional image, so no mosaic.")


def _codes(path: Path, data: NDArray[Any]) -> NDArray[Any]:
    if data.dtype == np.uint8:
        return data
    whole = data.dtype.kind in "iu" or bool((data == np.rint(data)).all())
    if not whole or data.min() < 0 or data.max() > 65535:
        raise FileError(
            f"'{path}' holds values from {data.min()} to {data.max()} ({data.dtype}); a mosaic has"
            " whole codes from 0 to 65535. Processed or stacked pictures are no raw frames."
        )
    return data.astype(np.uint16)


def _fields(header: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"camera": str(header.get("INSTRUME", "")).strip()}
    for key, names in (
        ("exposure_s", ("EXPTIME", "EXPOSURE")),
        ("temperature_c", ("CCD-TEMP",)),
        ("gain", ("ISOSPEED",)),
    ):
        value = next((header[name] for name in names if name in header), None)
        if isinstance(value, int | float) and np.isfinite(value):
            fields[key] = float(value)
    pattern = str(header.get("BAYERPAT", "")).strip()
    if pattern:
        offsets = int(header.get("YBAYROFF", 0)), int(header.get("XBAYROFF", 0))
        fields["cfa"] = Cfa.parse(pattern).shifted(*offsets)
    return fields

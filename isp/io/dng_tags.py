"""What the tags of a DNG (or a mosaic TIFF) say of its frame, moved from active area to raw frame.

Reference: Adobe, Digital Negative (DNG) Specification, version 1.7.1 (2023), and TIFF/EP,
ISO 12234-2:2001, for the CFA tags.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from isp.cfa import Cfa
from isp.errors import FileError
from isp.frame import Area, Matrix3, Rendering
from isp.io import tags as codes
from isp.io.cfa_codes import cfa_of_channels
from isp.io.guard import decoding
from isp.io.matrices import as_matrix3
from isp.io.tags import Tags, pages
from isp.levels import Levels
from isp.noise import NoiseModel

log = logging.getLogger(__name__)

D65: Final = 21
UNKNOWN_COLOUR: Final = "unknown: camera RGB taken as sRGB"
"""ProfileName of a DNG whose colour matrix stands there only because the format asks for one."""


def fields(path: Path, shape: tuple[int, ...]) -> dict[str, Any]:
    """What a TIFF container says of the mosaic of the given (H, W), as fields of `to_frame`.

    Empty for other containers. Of a camera's own TIFF (no DNG) only the camera's name is taken. A
    tag that makes no sense is left out and logged. ``bits`` is added where the mosaic's page says it.
    """
    import tifffile

    try:
        with tifffile.TiffFile(path) as tiff:
            tags = Tags(tiff, shape)
            found = _say(path, {"camera": _camera}, tags)
            if tags.number(codes.DNG_VERSION) is not None and tags.raw_page is not None:
                found.update(dict.fromkeys(_DECISIVE), **_say(path, _DNG_FIELDS, tags))
            return found
    except Exception as error:  # no TIFF, or garbage in its tags: LibRaw's figures stay
        log.debug("%s: no tags (%s)", path, error)
        return {}


def check_complete(path: Path) -> None:
    """Refuse a DNG whose file lacks strips or tiles of its mosaic.

    LibRaw opens some such files without a word and leaves memory as it was where pixels are missing.

    Raises
    ------
    FileError
        If a part is not listed, empty, or ends behind the end of the file.
    """
    import tifffile

    missing = ""
    try:
        with tifffile.TiffFile(path) as tiff:
            if codes.DNG_VERSION in tiff.pages[0].tags:  # type: ignore[union-attr]
                size = path.stat().st_size
                missing = next(filter(None, (_missing(page, size) for page in pages(tiff))), "")
    except Exception as error:  # no TIFF, or broken where it matters less: LibRaw judges
        log.debug("%s: completeness not checked (%s)", path, error)
    if missing:
        raise FileError(f"'{path}' is a damaged or cut-short DNG: {missing}.")


def _missing(page: Any, file_size: int) -> str:
    """What a page with a mosaic lacks of its pixels, in words; empty where it is all there."""
    if int(page.photometric) != codes.PHOTOMETRIC_CFA:
        return ""
    if page.is_tiled:
        across, down = (
            -(-page.imagewidth // page.tilewidth),
            -(-page.imagelength // page.tilelength),
        )
        expected = across * down
    else:
        expected = -(-page.imagelength // min(page.rowsperstrip, page.imagelength))
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    whole = sum(1 for offset, count in parts if count > 0 and offset + count <= file_size)
    return "" if whole >= expected else f"{whole} of {expected} parts of its mosaic are there"


def mosaic_fields(path: Path, page: Any) -> dict[str, Any]:
    """What one TIFF page says of its mosaic: CFA, levels, active area, orientation, where it does."""
    tags = Tags.of_page(page)
    keys = ("cfa", "levels", "active_area", "orientation")
    return _say(path, {key: _DNG_FIELDS[key] for key in keys}, tags)


def opcode_list_1(path: Path) -> bytes | None:
    """The bytes of a DNG's OpcodeList1, None where there is none.

    Raises
    ------
    FileError
        If the file is no TIFF container.
    """
    import tifffile

    with decoding(path, "DNG"), tifffile.TiffFile(path) as tiff:
        for page in pages(tiff):
            tag = page.tags.get(codes.OPCODE_LIST_1)
            if tag is not None:
                return bytes(tag.value)
    return None


def is_dng(path: Path) -> bool:
    """Whether a TIFF container calls itself a DNG."""
    import tifffile

    with decoding(path, "TIFF"), tifffile.TiffFile(path) as tiff:
        return codes.DNG_VERSION in tiff.pages[0].tags  # type: ignore[union-attr]


def _say(path: Path, getters: dict[str, Any], tags: Tags) -> dict[str, Any]:
    found = {}
    for key, getter in getters.items():
        try:
            value = getter(tags)
        except (ValueError, TypeError, IndexError, ZeroDivisionError, AttributeError) as error:
            log.warning("%s: its tags for %s make no sense (%s); left out.", path, key, error)
            continue
        if value is not None:
            found[key] = value
    return found


def _camera(tags: Tags) -> str | None:
    make, model = tags.text(codes.MAKE), tags.text(codes.MODEL)
    if make and not model.lower().startswith(make.split(" ")[0].lower()):
        model = f"{make} {model}"
    return model.strip() or None


def _orientation(tags: Tags) -> int | None:
    """Some writers put 0 or other numbers where they do not know: taken as not turned."""
    value = tags.number(codes.ORIENTATION)
    if value is None:
        return None
    return int(value) if 1 <= value <= 8 else 1


def _bits(tags: Tags) -> int:
    return int(tags.raw_page.bitspersample)


def _active_area(tags: Tags) -> Area | None:
    values = tags.numbers(codes.ACTIVE_AREA)
    if values is None:
        return None
    top, left, bottom, right = (int(value) for value in values)
    area = Area(top, left, bottom - top, right - left)
    if not area.inside((tags.raw_page.imagelength, tags.raw_page.imagewidth)):
        raise ValueError(f"{area} lies outside the frame")
    return area


def _origin(tags: Tags) -> tuple[int, int]:
    area = _active_area(tags)
    return (0, 0) if area is None else (area.top, area.left)


def _cfa(tags: Tags) -> Cfa | None:
    dim, pattern = tags.numbers(codes.CFA_DIM), tags.numbers(codes.CFA_PATTERN)
    if dim is None or pattern is None:
        mono = tags.raw_page.samplesperpixel == 1 and tags.number(codes.DNG_VERSION) is not None
        return Cfa.parse("MONO") if mono else None
    rows, cols = int(dim[0]), int(dim[1])
    if not (0 < rows <= 64 and 0 < cols <= 64) or tags.number(codes.CFA_LAYOUT) not in (None, 1.0):
        raise ValueError("a CFA layout that is not rectangular")
    channels = pattern.astype(np.int64).reshape(rows, cols).tolist()
    top, left = _origin(tags)
    return cfa_of_channels(channels).shifted(-top, -left)


def _levels(tags: Tags) -> Levels | None:
    """Black (its row and column offsets by their mean, as LibRaw takes them) and white."""
    white = tags.number(codes.WHITE_LEVEL)
    black = tags.numbers(codes.BLACK_LEVEL)
    if white is None and black is None:
        return None
    dim = tags.numbers(codes.BLACK_DIM)
    shape = (1, 1) if dim is None else (int(dim[0]), int(dim[1]))
    table = np.zeros((1, 1)) if black is None else black.reshape(shape)
    for code in (codes.BLACK_DELTA_H, codes.BLACK_DELTA_V):
        deltas = tags.numbers(code)
        table = table + (0.0 if deltas is None else float(deltas.mean()))
    white = 2.0 ** _bits(tags) - 1.0 if white is None else white
    top, left = _origin(tags)
    return Levels.of(table, white).shifted(-top, -left)


def _white_balance(tags: Tags) -> tuple[float, float, float] | None:
    neutral = tags.numbers(codes.AS_SHOT_NEUTRAL)
    if neutral is None or len(neutral) != 3:
        return None
    if not (np.isfinite(neutral).all() and (neutral > 0).all()):
        raise ValueError(f"a neutral of {neutral.tolist()}")
    return float(neutral[1] / neutral[0]), 1.0, float(neutral[1] / neutral[2])


def _camera_matrix(tags: Tags) -> Matrix3 | None:
    """Analog balance × calibration × the colour matrix nearest to D65."""
    if tags.text(codes.PROFILE_NAME) == UNKNOWN_COLOUR:
        return None
    found = [i for i in (0, 1) if tags.get(codes.COLOR_MATRIX[i]) is not None]
    if not found:
        return None
    best = next((i for i in found if tags.number(codes.ILLUMINANT[i]) == D65), found[-1])
    matrix = tags.numbers(codes.COLOR_MATRIX[best])
    if matrix is None or matrix.size != 9 or not np.isfinite(matrix).all():
        raise ValueError("a colour matrix that is not 3×3")
    product = matrix.reshape(3, 3)
    calibration, balance = tags.numbers(codes.CALIBRATION[best]), tags.numbers(codes.ANALOG_BALANCE)
    if calibration is not None and calibration.size == 9:
        product = calibration.reshape(3, 3) @ product
    if balance is not None and balance.size == 3:
        product = np.diag(balance) @ product
    return as_matrix3(product)


def _exposure(tags: Tags) -> float | None:
    return _positive(tags.exif(codes.EXPOSURE_TIME, "ExposureTime"))


def _gain(tags: Tags) -> float | None:
    return _positive(tags.exif(codes.ISO_SPEED, "ISOSpeedRatings"))


def _positive(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) and value > 0 else None


def _noise(tags: Tags) -> NoiseModel | None:
    """NoiseProfile: variance S·x + O of levels x from 0 at black to 1 at white, here in DN."""
    profile, levels = tags.numbers(codes.NOISE_PROFILE), _levels(tags)
    if profile is None or levels is None or profile.size % 2:
        return None
    scale, offset = profile[0::2].mean(), profile[1::2].mean()
    span = float((levels.white - levels.black).mean())
    return NoiseModel(float(scale * span), float(max(offset, 0.0) * span**2), "metadata")


def _rendering(tags: Tags) -> Rendering:
    exposure = 0.0
    with suppress(ValueError):  # real files have 0/0 where they do not know it
        exposure = tags.number(codes.BASELINE_EXPOSURE) or 0.0
    if not abs(exposure) <= 32:
        raise ValueError(f"a baseline exposure of {exposure} EV")
    origin, size = tags.numbers(codes.DEFAULT_CROP_ORIGIN), tags.numbers(codes.DEFAULT_CROP_SIZE)
    if origin is None or size is None:
        return Rendering(exposure)
    (left, top), (width, height) = origin.tolist(), size.tolist()
    return Rendering(exposure, (left, top, width, height))


_DNG_FIELDS: Final = {
    "bits": _bits,
    "cfa": _cfa,
    "levels": _levels,
    "active_area": _active_area,
    "white_balance": _white_balance,
    "camera_matrix": _camera_matrix,
    "exposure_s": _exposure,
    "gain": _gain,
    "noise": _noise,
    "orientation": _orientation,
    "rendering": _rendering,
}
_DECISIVE: Final = ("camera_matrix", "exposure_s", "gain")
"""Unknown where a DNG's tags do not say, whatever LibRaw puts in their place."""

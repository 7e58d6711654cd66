"""Tags of TIFF containers: their numbers, and their values as floats wherever they stand.

Reference: Adobe, TIFF Revision 6.0 (1992); Digital Negative (DNG) Specification, version 1.7.1
(2023); TIFF/EP, ISO 12234-2:2001, for the CFA tags.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

PHOTOMETRIC, MAKE, MODEL, ORIENTATION = 262, 271, 272, 274
SOFTWARE, EXIF_IFD = 305, 34665
EXPOSURE_TIME, ISO_SPEED = 33434, 34855
CFA_DIM, CFA_PATTERN = 33421, 33422
DNG_VERSION, DNG_BACKWARD_VERSION, UNIQUE_CAMERA_MODEL = 50706, 50707, 50708
CFA_PLANE_COLOR, CFA_LAYOUT = 50710, 50711
BLACK_DIM, BLACK_LEVEL, WHITE_LEVEL = 50713, 50714, 50717
BLACK_DELTA_H, BLACK_DELTA_V = 50715, 50716
DEFAULT_CROP_ORIGIN, DEFAULT_CROP_SIZE, ACTIVE_AREA = 50719, 50720, 50829
COLOR_MATRIX, CALIBRATION, ILLUMINANT = (50721, 50722), (50723, 50724), (50778, 50779)
ANALOG_BALANCE, AS_SHOT_NEUTRAL, BASELINE_EXPOSURE = 50727, 50728, 50730
PROFILE_NAME = 50936
OPCODE_LIST_1 = 51008
NOISE_PROFILE = 51041
PHOTOMETRIC_CFA, PHOTOMETRIC_LINEAR_RAW = 32803, 34892

_RATIONAL: Final = (5, 10)


def pages(tiff: Any) -> Iterator[Any]:
    """Every page and sub-page, first level down."""
    for page in list(tiff.pages)[:32]:
        yield page
        yield from list(page.pages or ())[:32]


class Tags:
    """Tags of the raw page, then of the first page."""

    def __init__(self, tiff: Any, shape: tuple[int, ...]) -> None:
        first = tiff.pages[0]
        raw = [
            page
            for page in pages(tiff)
            if int(getattr(page, "photometric", 0)) in (PHOTOMETRIC_CFA, PHOTOMETRIC_LINEAR_RAW)
            and (page.imagelength, page.imagewidth) == tuple(shape)
        ]
        self.raw_page: Any = raw[0] if raw else None
        self._sources = [page.tags for page in (*raw[:1], first)]

    @classmethod
    def of_page(cls, page: Any) -> Tags:
        """Tags of one page alone."""
        tags = cls.__new__(cls)
        tags.raw_page, tags._sources = page, [page.tags]
        return tags

    def get(self, code: int) -> Any:
        """The tag itself, None where it is not there."""
        return next((tags[code] for tags in self._sources if code in tags), None)

    def numbers(self, code: int) -> NDArray[np.float64] | None:
        """A tag's values as float64, rationals divided; None where it is not there."""
        tag = self.get(code)
        if tag is None:
            return None
        value = list(tag.value) if isinstance(tag.value, bytes) else tag.value
        values = np.atleast_1d(np.asarray(value, np.float64)).reshape(-1)
        return values[0::2] / _no_zero(values[1::2]) if int(tag.dtype) in _RATIONAL else values

    def number(self, code: int) -> float | None:
        """The first value of a tag."""
        values = self.numbers(code)
        return None if values is None else float(values[0])

    def text(self, code: int) -> str:
        """A tag as text, empty where it is not there."""
        tag = self.get(code)
        return "" if tag is None else str(tag.value).strip("\0 ")

    def exif(self, code: int, name: str) -> float | None:
        """A value of the EXIF directory, or of the page itself."""
        tag = self.get(EXIF_IFD)
        value = tag.value.get(name) if tag is not None and isinstance(tag.value, dict) else None
        if value is None:
            return self.number(code)
        if isinstance(value, tuple) and len(value) == 2 and code == EXPOSURE_TIME:
            return float(value[0]) / float(value[1])
        return float(np.atleast_1d(value)[0])


def _no_zero(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not values.all():
        raise ValueError("a rational with denominator 0")
    return values

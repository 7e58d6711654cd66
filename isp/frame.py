"""Frames that say what they are: a mosaic or a picture together with all that its use needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from isp.cfa import CHANNEL_OF_SITE, Cfa
from isp.errors import FrameError
from isp.levels import Levels
from isp.noise import NoiseModel

Matrix3 = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
Space = Literal["raw", "camera", "linear_srgb", "display"]

RAW_DTYPES = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))


@dataclass(frozen=True)
class Area:
    """A rectangle of the raw frame, in pixels: the active area, a crop."""

    top: int
    left: int
    height: int
    width: int

    @property
    def bottom(self) -> int:
        """First row below the area."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """First column right of the area."""
        return self.left + self.width

    @property
    def slices(self) -> tuple[slice, slice]:
        """The area as an index into a raw-frame array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def covers(self, shape: tuple[int, int]) -> bool:
        """Whether the area is a whole frame of the given (H, W)."""
        return self == Area(0, 0, *shape)

    def inside(self, shape: tuple[int, int]) -> bool:
        """Whether the area is not empty and lies within a frame of the given (H, W)."""
        return 0 <= self.top < self.bottom <= shape[0] and 0 <= self.left < self.right <= shape[1]


@dataclass(frozen=True)
class Rendering:
    """What a DNG tells raw developers of its whole picture; nothing here uses it.

    Parameters
    ----------
    baseline_exposure_ev : float
        By how much the picture is brightened.
    default_crop : (float, float, float, float), optional
        Left, top, width and height of the part to show, in pixels from the active area on.
    """

    baseline_exposure_ev: float = 0.0
    default_crop: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class FrameMeta:
    """All that is known of a frame but its pixels.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the raw frame in pixels.
    dtype : numpy dtype
        uint8, uint16 (codes) or float32 (black subtracted, or a picture).
    cfa : Cfa
        Colour filter array from the top-left of the raw frame.
    levels : Levels
        Black, white and saturation in DN.
    active_area : Area, optional
        The part that holds the picture; the whole frame where not given.
    white_balance : (float, float, float)
        Gains of R, G, B *still to be applied*, G = 1; all 1 once applied or where unknown.
    camera_matrix : 3×3, optional
        XYZ (D65 illuminant, Y = 1) to linear camera RGB, the sense of DNG's ColorMatrix.
    exposure_s, gain, temperature_c : float, optional
        Exposure in seconds, analogue gain as ISO speed, sensor temperature in °C.
    noise : NoiseModel, optional
        Noise at this gain, in DN of this frame.
    camera : str
        Maker and model, empty where unknown.
    orientation : int
        How a viewer turns the picture, 1 to 8 as in EXIF (1: not at all); pixels are as stored.
    rendering : Rendering
        Hints of a DNG to raw developers, kept for the DNG that is written; a crop drops them.
    space : str
        ``raw`` for mosaics; ``camera``, ``linear_srgb`` or ``display`` for pictures.
    provenance : tuple of str
        What was done so far, oldest first.
    """

    shape: tuple[int, int]
    dtype: np.dtype[Any]
    cfa: Cfa
    levels: Levels
    active_area: Area = None  # type: ignore[assignment]  # filled in below
    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    camera_matrix: Matrix3 | None = None
    exposure_s: float | None = None
    gain: float | None = None
    temperature_c: float | None = None
    noise: NoiseModel | None = None
    camera: str = ""
    orientation: int = 1
    rendering: Rendering = Rendering()
    space: Space = "raw"
    provenance: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        height, width = self.shape
        object.__setattr__(self, "dtype", np.dtype(self.dtype))
        if height < 1 or width < 1:
            raise FrameError(
                f"A frame needs at least one pixel; got {height} rows × {width} columns."
            )
        if self.active_area is None:
            object.__setattr__(self, "active_area", Area(0, 0, height, width))
        if not self.active_area.inside(self.shape):
            raise FrameError(
                f"The active area {self.active_area} lies outside the frame of {height}×{width}."
            )
        if not all(np.isfinite(gain) and gain > 0 for gain in self.white_balance):
            raise FrameError(f"White-balance gains must be positive; got {self.white_balance}.")
        if not 1 <= self.orientation <= 8:
            raise FrameError(f"An orientation is 1 to 8, as in EXIF; got {self.orientation}.")
        object.__setattr__(self, "levels", self.levels.on(self.cfa))

    def then(self, step: str, **changes: Any) -> FrameMeta:
        """The metadata after a step: changed fields, and the step added to the provenance."""
        return replace(self, provenance=(*self.provenance, step), **changes)

    def site_gains(self) -> NDArray[np.float64]:
        """White-balance gain of each CFA site, float64 of the CFA's period (mono: 1)."""
        gains = np.array((*self.white_balance, 1.0))
        return np.asarray(gains[np.asarray(CHANNEL_OF_SITE)[np.asarray(self.cfa.pattern)]])


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only contiguous view (a copy only where the layout asks for one)."""
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view


@dataclass(frozen=True, eq=False)
class RawFrame:
    """A mosaic in DN with its metadata; frozen, its pixels read-only.

    Parameters
    ----------
    mosaic : array of shape (H, W)
        DN; uint8 or uint16 codes, or float32 (signed) once black is subtracted.
    meta : FrameMeta
        Must agree with the mosaic in shape and dtype.

    Raises
    ------
    FrameError
        If mosaic and metadata disagree, or the dtype is none of the three.
    """

    mosaic: NDArray[Any]
    meta: FrameMeta

    def __post_init__(self) -> None:
        if self.mosaic.shape != self.meta.shape or self.mosaic.dtype != self.meta.dtype:
            raise FrameError(
                f"The mosaic is {self.mosaic.dtype} {self.mosaic.shape}, its metadata say"
                f" {self.meta.dtype} {self.meta.shape}."
            )
        if self.mosaic.dtype not in RAW_DTYPES:
            raise FrameError(f"A mosaic is uint8, uint16 or float32; got {self.mosaic.dtype}.")
        object.__setattr__(self, "mosaic", _frozen(self.mosaic))

    @classmethod
    def of(
        cls,
        mosaic: NDArray[Any],
        cfa: Cfa | str,
        *,
        black_dn: float = 0.0,
        white_dn: float | None = None,
        **fields: Any,
    ) -> RawFrame:
        """Build a frame from an array and levels (white: the dtype's largest code where not given)."""
        cfa = Cfa.parse(cfa) if isinstance(cfa, str) else cfa
        if white_dn is None:
            white_dn = float(np.iinfo(mosaic.dtype).max) if mosaic.dtype.kind == "u" else 1.0
        levels = Levels.of(black_dn, white_dn)
        shape = (int(mosaic.shape[0]), int(mosaic.shape[1]))
        return cls(mosaic, FrameMeta(shape, mosaic.dtype, cfa, levels, **fields))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.meta.shape

    @property
    def cfa(self) -> Cfa:
        """Colour filter array from the top-left of the raw frame."""
        return self.meta.cfa

    @property
    def levels(self) -> Levels:
        """Black, white and saturation in DN."""
        return self.meta.levels

    def with_mosaic(self, mosaic: NDArray[Any], step: str, **changes: Any) -> RawFrame:
        """The frame after a step: new pixels, and metadata that follow them."""
        shape = (int(mosaic.shape[0]), int(mosaic.shape[1]))
        return RawFrame(mosaic, self.meta.then(step, shape=shape, dtype=mosaic.dtype, **changes))

    def signal(self) -> NDArray[np.float32]:
        """DN above black, float32 (H, W), signed."""
        return self.levels.subtract(self.mosaic)

    def normalised(self) -> NDArray[np.float32]:
        """Signal over (white − black), float32 (H, W): 0 at black, 1 at white."""
        return self.levels.normalise(self.mosaic)

    def crop(self, area: Area) -> RawFrame:
        """A part of the frame as a frame of its own: CFA and levels shifted, all of it active."""
        if not area.inside(self.shape):
            raise FrameError(f"The crop {area} lies outside the frame of {self.shape}.")
        return RawFrame(
            self.mosaic[area.slices],
            self.meta.then(
                f"crop {area.height}x{area.width} at row {area.top}, column {area.left}",
                shape=(area.height, area.width),
                cfa=self.cfa.shifted(area.top, area.left),
                levels=self.levels.shifted(area.top, area.left),
                active_area=Area(0, 0, area.height, area.width),
                rendering=Rendering(),
            ),
        )


@dataclass(frozen=True, eq=False)
class RgbFrame:
    """A picture with the metadata of the mosaic it came from; frozen, its pixels read-only.

    Parameters
    ----------
    pixels : array of shape (H, W, 3)
        float32 where linear (1 = white), uint8 or uint16 or float32 where encoded (``display``).
    meta : FrameMeta
        Must agree in shape and dtype; ``space`` says which RGB this is.

    Raises
    ------
    FrameError
        If pixels and metadata disagree.
    """

    pixels: NDArray[Any]
    meta: FrameMeta

    def __post_init__(self) -> None:
        if self.pixels.shape != (*self.meta.shape, 3) or self.pixels.dtype != self.meta.dtype:
            raise FrameError(
                f"The picture is {self.pixels.dtype} {self.pixels.shape}, its metadata say"
                f" {self.meta.dtype} {(*self.meta.shape, 3)}."
            )
        if self.meta.space == "raw":
            raise FrameError("A picture's space is camera, linear_srgb or display, not raw.")
        object.__setattr__(self, "pixels", _frozen(self.pixels))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.meta.shape

    def active(self) -> NDArray[Any]:
        """The pixels of the active area, a read-only view (h, w, 3)."""
        return self.pixels[self.meta.active_area.slices]

"""``isp.compare``: the whole line in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from isp.comparison.comparison import Comparison
from isp.comparison.contestants import StageLike, as_stage
from isp.comparison.damage import protocol_variants
from isp.comparison.finish import run_comparison
from isp.comparison.plan import plan
from isp.comparison.run import Progress
from isp.comparison.subject import Input, Subject, Variant
from isp.files import check_outputs
from isp.frame import RawFrame
from isp.maps import TableLimits
from isp.report.folder import comparison_paths, save_comparison

InputLike = Input | RawFrame | Path | str


def compare(
    inputs: Sequence[InputLike] | InputLike,
    *,
    protocol: str | Sequence[str | Variant] = "dynamic",
    stages: Sequence[StageLike] | str,
    maps: str | Sequence[str] = ("truth",),
    crops: int = 4,
    crop_size: int = 256,
    repeats: int = 1,
    seed: int = 0,
    demosaic: str | Sequence[str] | None = None,
    detector: StageLike | None = None,
    capacity: int | None = None,
    dilate_px: int = 0,
    progress: Progress | None = None,
    out: Path | str | None = None,
    force: bool = False,
) -> Comparison:
    """Damage frames, let every stage correct them, score and time what comes out.

    Parameters
    ----------
    inputs : sequence of Input, RawFrame, path or str, or one of them
        Frames at hand, files, or `Input` objects that are opened when their turn comes.
    protocol : str or sequence of str and Variant
        The damage: ``dynamic`` (all variants of it), ``dynamic/density_1.0`` (one), or your own.
    stages : str or sequence of str, Stage or {name: parameters}
        Who takes part. ``none`` (damaged) and ``clean`` (undamaged) always do.
    maps : str or sequence of str
        Which maps correctors get: ``truth``, ``detected``, ``wrong10`` (10 % missed, 10 % extra).
    crops, crop_size : int
        Crops an input and their side in pixels; 0 crops: whole frames.
    repeats : int
        Draws of damage a crop.
    seed : int
        Decides crops, damage and wrong maps; each input draws its own.
    demosaic : str or sequence of str, optional
        Demosaicing for the picture figures; the first one is the main one. Where not given:
        ``opencv_ea``, and ``by_cfa`` for frames whose CFA that cannot take.
    detector : str, Stage or {name: parameters}, optional
        Makes the detected map, and looks for defects that real frames have already (not in frames
        whose CFA it cannot take: the notes say so).
    capacity, dilate_px : int
        A sensor's defect table: entries that fit, pixels that the map is grown by. Where given,
        correctors get each map whole and cut to the table, and the results say what that costs; a crop
        has a table of its own.
    progress : callable, optional
        Called with (cases done, cases in all, name of the input).
    out : path, optional
        Folder to write report and figures to.
    force : bool
        Replace files that are there.

    Returns
    -------
    Comparison

    Raises
    ------
    IspError
        If something is wrong with what was asked for, or no input could be used; a failure of one
        input or stage is listed in the result.
    """
    one = plan(
        list(_inputs(_many(inputs))),
        list(_variants(_many(protocol))),
        _many(stages),
        maps=_many(maps),
        crops=crops,
        crop_size=crop_size,
        repeats=repeats,
        seed=seed,
        demosaic=demosaic,
        detector=None if detector is None else as_stage(detector),
        table=TableLimits(capacity, dilate_px),
    )
    if out is not None:
        check_outputs(*comparison_paths(Path(out)), force=force)
    found = run_comparison(one, progress)
    if out is not None:
        save_comparison(found, Path(out), force=force)
    return found


def _many(given: Any) -> Sequence[Any]:
    """What was given as a sequence; one thing is a sequence of itself, a name none of its letters."""
    return [given] if isinstance(given, str | Path | RawFrame | Input) else given


def _inputs(given: Sequence[InputLike]) -> Iterator[Input]:
    for number, one in enumerate(given, 1):
        if isinstance(one, Input):
            yield one
        elif isinstance(one, RawFrame):
            yield Input.of(one, f"frame {number}")
        else:
            yield Input.at(one, partial(_read, str(one)))


def _read(path: str) -> Subject:
    """A raw file as it is; a photograph as a plain mosaic, which is its own noise-free reference."""
    from isp.io.frames import read
    from isp.io.photograph import is_photograph, read_photograph
    from isp.photograph import plain

    if is_photograph(path):
        return Subject(path, *plain(read_photograph(path)))
    return Subject(path, read(path))


def _variants(given: Sequence[str | Variant]) -> Iterator[Variant]:
    for one in given:
        yield from protocol_variants(one) if isinstance(one, str) else [one]

"""``isp simulate --frames``: a sequence of one damaged sensor, frame by frame, in the memory of a few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.comparison.prepare import with_noise
from isp.defects import DefectMap
from isp.errors import ScenarioError
from isp.exchange import Injection
from isp.files import atomic
from isp.frame import RawFrame
from isp.io.maps import check_map_suffix, write_map
from isp.io.output import write
from isp.population.blinking import damaged_sequence
from isp.scenario.model import Scenario, SequenceSpec
from isp.seeds import child_rng
from isp.settings import Setting, settings
from isp.tasks.detect import describe
from isp.tasks.inputs import names, open_input, scene_and_chip, sensor_of
from isp.tasks.outputs import check_all, save_beside, scenario_beside, truth_beside


@dataclass(eq=False)
class _Truth:
    """The truth of a sequence, as it grows: its first frame's map, and the worst of each pixel."""

    first: DefectMap
    worst_dn: NDArray[np.float32]
    changing: NDArray[np.bool_]

    @classmethod
    def of(cls, first: DefectMap) -> _Truth:
        return cls(first, first.severity_dn.copy(), np.zeros(len(first), np.bool_))

    def add(self, truth: DefectMap) -> None:
        """Take one more frame's deviations."""
        deviation = truth.severity_dn
        worse = np.abs(deviation) > np.abs(self.worst_dn)
        self.worst_dn[worse] = deviation[worse]
        self.changing |= deviation != self.first.severity_dn

    def map(self, frames: int) -> DefectMap:
        """The map with each pixel's largest deviation."""
        source = f"{self.first.source}, the worst of {frames} frames"
        return replace(self.first, severity_dn=self.worst_dn, source=source)


def simulate_sequence(
    scenario: Scenario, output: Path, *, map_output: Path | None = None, force: bool = False
) -> dict[str, Any]:
    """Write the frames (``OUT-0000.dng`` ...), the map of all, and each frame's deviations.

    A scene is exposed in electrons by one individual sensor, in constant light. Of files, one is taken
    again and again or each gives a frame; their own signal stays as it is, exposure and temperature
    move their defects only.

    The map holds each pixel's largest deviation. ``OUT.deviations.npy`` (frames, N) float32 holds the
    deviations in DN of every frame, its columns in the order of the map.

    Raises
    ------
    ScenarioError
        If there are several inputs and not as many frames.
    FileError
        If an output is there and ``force`` is not given: nothing is written then.
    """
    spec = scenario.sequence
    if spec is None:
        raise ScenarioError("The scenario has no 'sequence' section.")
    truth_path = map_output or truth_beside(output)
    deviations = output.with_name(output.stem + ".deviations.npy")
    paths = [numbered(output, index, spec.frames) for index in range(spec.frames)]
    check_map_suffix(truth_path, with_frame=False)
    beside = (truth_path, deviations, scenario_beside(output))
    check_all(scenario, *paths, *beside, force=force)
    with atomic(deviations, force=force) as temporary:
        truth = _write_all(_shots(scenario, spec), paths, temporary, force=force)
    write_map(truth_path, truth.map(spec.frames), force=force)
    save_beside(scenario, output, force=force)
    return {
        "output": str(output),
        "frames": [str(path) for path in paths],
        "map": str(truth_path),
        "deviations": str(deviations),
        "changing": int(truth.changing.sum()),
        **describe(truth.first),
    }


def numbered(output: Path, index: int, frames: int) -> Path:
    """The name of one frame: ``OUT.dng`` gives ``OUT-0000.dng``, with more digits where needed."""
    digits = max(4, len(str(frames - 1)))
    return output.with_name(f"{output.stem}-{index:0{digits}d}{output.suffix}")


def _write_all(
    shots: Iterable[Injection], paths: list[Path], deviations: Path, *, force: bool
) -> _Truth:
    """Write each frame and its row of deviations as it comes."""
    truth: _Truth | None = None
    with deviations.open("wb") as file:
        for shot, path in zip(shots, paths, strict=True):
            write(path, shot.frame, force=force)
            if truth is None:
                truth = _Truth.of(shot.truth)
                shape = (len(paths), len(shot.truth))
                header = {"descr": "<f4", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
            truth.add(shot.truth)
            file.write(shot.truth.severity_dn.astype("<f4").tobytes())
    if truth is None:
        raise ScenarioError("A sequence needs at least one frame.")
    return truth


def _shots(scenario: Scenario, spec: SequenceSpec) -> Iterator[Injection]:
    rng = child_rng(scenario.seed, "sequence")
    scene = scenario.input.scene
    if scene is None:
        frames = _files(scenario, spec)
        population = sensor_of(scenario).population
        yield from damaged_sequence(frames, population, rng, interval_s=spec.interval_s)
        return
    picture, chip = scene_and_chip(scenario, scene)
    exposure = scene.exposure_s if spec.exposure_s is None else spec.exposure_s
    celsius = scene.temperature_c if spec.temperature_c is None else spec.temperature_c
    plan = settings(spec.frames, exposure, celsius, scene.gain)
    for taken in chip.sequence(picture, plan, rng, interval_s=spec.interval_s):
        yield Injection(taken.frame, taken.truth)


def _files(scenario: Scenario, spec: SequenceSpec) -> Iterator[RawFrame]:
    """The input's frames with the settings of the sequence; one file is opened once."""
    given = names(scenario)
    if len(given) not in (1, spec.frames):
        raise ScenarioError(
            f"A sequence of {spec.frames} frames takes one input or as many; got {len(given)}."
        )
    plan = settings(spec.frames, spec.exposure_s, spec.temperature_c)
    opened = (with_noise(open_input(scenario, name)) for name in given)
    frames = repeat(next(opened)) if len(given) == 1 else opened
    for frame, setting in zip(frames, plan, strict=False):
        yield _taken(frame, setting)


def _taken(frame: RawFrame, setting: Setting) -> RawFrame:
    """The frame as if taken so; what is not set stays."""
    given = {"exposure_s": setting.exposure_s, "temperature_c": setting.temperature_c}
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    return RawFrame(frame.mosaic, replace(frame.meta, **changes))

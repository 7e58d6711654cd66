"""``isp demo``: a synthetic frame, a damaged sensor, a few correctors, a report; no file needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from isp.comparison.run import Progress
from isp.files import check_outputs
from isp.io.output import write
from isp.scenario.load import build
from isp.seeds import child_rng
from isp.tasks.compare import compare, outputs
from isp.tasks.inputs import DEFAULT_SENSOR, sensor_of

SCENE_FILE = "scene.dng"
SHAPE = (768, 1152)
STAGES = ("masked_median", "directional", "navier_stokes", "fsr", "cluster")


def demo(
    folder: Path, *, seed: int = 0, force: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Make a scene, write it as DNG, and compare correctors on that file like on anybody's."""
    frame_path = folder / SCENE_FILE
    check_outputs(frame_path, *outputs(folder), force=force)
    scenario = build(
        {
            "task": "compare",
            "seed": seed,
            "input": {"files": [str(frame_path)]},
            "sensor": DEFAULT_SENSOR,
            "defects": {"protocol": "dynamic"},
            "correctors": list(STAGES),
            "compare": {"crops": 6},
        }
    )
    sensor = sensor_of(scenario)
    rng = child_rng(seed, "demo")
    frame, _ = sensor.expose_with_reference(sensor.scene(SHAPE, rng), rng)
    write(frame_path, frame, force=force)
    return compare(scenario, folder, force=force, progress=progress)

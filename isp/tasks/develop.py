"""``isp develop``: a raw frame through the pipeline to a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from isp.errors import PipelineError
from isp.frame import RgbFrame
from isp.io.output import check_suffix, write
from isp.pipeline import Pipeline
from isp.scenario.model import Scenario
from isp.tasks.inputs import single
from isp.tasks.outputs import check_single, save_beside


def develop(scenario: Scenario, output: Path, *, force: bool = False) -> dict[str, Any]:
    """Develop the scenario's input and write the active area as a picture.

    Raises
    ------
    PipelineError
        If the pipeline ends before there is a picture.
    FileError
        If the output cannot be written, or is there and ``force`` is not given: nothing is read then.
    """
    check_suffix(output, "picture")
    check_single(scenario, output, force=force)
    frame = single(scenario)
    state = Pipeline.of(scenario.pipeline).run(frame, seed=scenario.seed)
    picture = state.frame
    if not isinstance(picture, RgbFrame):
        raise PipelineError("The pipeline ends with a mosaic; add a demosaicing stage.")
    write(output, picture, force=force)
    save_beside(scenario, output, force=force)
    height, width = picture.active().shape[:2]
    timings = {timing.steps: timing.duration_s for timing in state.timings}
    return {"output": str(output), "width": width, "height": height, "timings_s": timings}

"""A line of local stages as one segment, for frame after frame: pictures alone, no maps, no records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isp.errors import PipelineError
from isp.frame import FrameMeta, RawFrame, RgbFrame
from isp.local import LocalOp
from isp.pipeline import Pipeline
from isp.segments import Segment


class Renderer:
    """Makes pictures of raw frames, and keeps its plan while they have the same metadata.

    Where `Pipeline.run` tells what an on-the-fly corrector changed, this only makes the picture: all
    stages run fused, and nothing but input, output and a few buffers is held in memory.

    Parameters
    ----------
    pipeline : Pipeline
        Its stages must all be local, the last ones make a picture; open places stay empty.

    Raises
    ------
    PipelineError
        If a stage is not local.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        for step in pipeline.steps:
            if step.stage is not None and not step.stage.info.local:
                raise PipelineError(
                    f"Stage '{step.name}' is not local: it cannot run fused. Use Pipeline.run."
                )
        self._stages = [step.stage for step in pipeline.steps if step.stage is not None]
        self._segment: Segment | None = None

    def plan(self, meta: FrameMeta) -> Segment:
        """The segment for frames with this metadata."""
        if self._segment is None or self._segment.meta != meta:
            ops: list[LocalOp] = []
            now = meta
            for stage in self._stages:
                ops.append(stage.plan(now))
                now = ops[-1].out
            self._segment = Segment.of(meta, ops)
        return self._segment

    def __call__(
        self,
        frame: RawFrame,
        *,
        out: NDArray[Any] | None = None,
        threads: int | None = None,
        strip_rows: int | None = None,
    ) -> RgbFrame:
        """Make a picture of the active area.

        Parameters
        ----------
        frame : RawFrame
            Its mosaic may be a memory map.
        out : array, optional
            Where to write the picture; may be a memory map, or the picture before.
        threads, strip_rows : int, optional
            See `isp.segments.run_segment`.

        Raises
        ------
        PipelineError
            If the stages do not make a picture.
        """
        area = frame.meta.active_area
        inside = frame if area.covers(frame.shape) else frame.crop(area)
        segment = self.plan(inside.meta)
        picture = segment.run(inside, out=out, threads=threads, strip_rows=strip_rows)
        if not isinstance(picture, RgbFrame):
            raise PipelineError("The pipeline ends with a mosaic; add a demosaicing stage.")
        return picture


def renderer(entries: Sequence[Any]) -> Renderer:
    """A renderer from stage names, ``{name: parameters}`` and stages."""
    return Renderer(Pipeline.of(entries))


def room_for(segment: Segment) -> NDArray[Any]:
    """An empty array for a segment's picture."""
    last = segment.ops[-1].out
    return np.empty((*last.shape, 3), last.dtype)

"""Timing stages and chains on one frame."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from isp import registry
from isp.bench.references import BYTES_PER_PIXEL, memory_stream, opencv_plain, opencv_threads
from isp.bench.result import MEMORY, Benchmark, BenchRow
from isp.bench.stations import TIMED_KINDS, Stations, segment_work
from isp.bound import Stage, stage
from isp.clock import RUNS, Spread, durations_ms
from isp.comparison.contestants import labels_of
from isp.comparison.damage import protocol_variants
from isp.environment import environment
from isp.errors import IspError, sentence
from isp.frame import FrameMeta, RawFrame
from isp.local import LocalOp
from isp.params import parameter_model
from isp.pipeline import Pipeline
from isp.profile import StripCost, profile
from isp.segments import Segment
from isp.threads import thread_budget, threads_limited

log = logging.getLogger(__name__)

CHAINS: Mapping[str, tuple[str, ...]] = {
    "develop": (
        "black_level", "white_balance", "highlight_clip", "malvar", "camera_matrix", "gamma",
    ),
    "correct and develop": (
        "median8", "black_level", "white_balance", "highlight_clip", "malvar", "camera_matrix",
        "gamma",
    ),
}  # fmt: skip
DAMAGE = "grade/ships"
FOLLOWS_DEFECTS = ("corrector",)
Progress = Callable[[int, int, str], None]


def bench(
    frame: RawFrame,
    stages: Sequence[Stage | str] | None = None,
    *,
    chains: Mapping[str, Sequence[str]] = CHAINS,
    threads: Sequence[int] | None = None,
    damage: str = DAMAGE,
    seed: int = 0,
    runs: int = RUNS,
    progress: Progress | None = None,
) -> Benchmark:
    """Time stages, chains and references on one frame.

    Parameters
    ----------
    frame : RawFrame
        What everything is timed on.
    stages : sequence of Stage or str, optional
        Which stages; all that can be timed where not given.
    chains : mapping of str to sequence of str
        Chains by name. A chain of local stages is run as one segment.
    threads : sequence of int, optional
        Numbers of threads; 1 and all cores where not given.
    damage : str
        Protocol and variant that mark the pixels which correctors repair.
    seed : int
        Of that damage.
    runs : int
        Timed runs, after one that is not (3 where a run takes longer than a second).
    progress : callable, optional
        Called with (done, in all, name).

    Returns
    -------
    Benchmark

    Raises
    ------
    IspError
        If the damage or a named stage is unknown. A stage that cannot work on the frame is listed as
        skipped.
    """
    (variant,) = protocol_variants(damage)[:1]
    stations = Stations(variant.damage(frame, seed, "bench"))
    chosen = _stages(stages, damage)
    counts = threads or sorted({1, thread_budget()})
    jobs = [
        *(
            _Job(label, one.info.kind, _stage_work(stations, one))
            for label, one in zip(labels_of(chosen), chosen, strict=True)
        ),
        *(_Job(name, "chain", _chain_work(frame, list(steps))) for name, steps in chains.items()),
        _Job(MEMORY, "reference", lambda n: (memory_stream(frame, n), _stream_traffic())),
        _Job("OpenCV, plain", "reference", lambda n: (opencv_plain(frame, n), {})),
    ]
    rows: list[BenchRow] = []
    skipped: dict[str, str] = {}
    with opencv_threads():
        for number, job in enumerate(jobs):
            if progress is not None:
                progress(number, len(jobs), job.name)
            try:
                rows += job.rows(counts, frame.mosaic.size, runs)
            except Exception as error:
                log.debug("%s was not timed", job.name, exc_info=True)
                skipped[job.name] = sentence(error)
    profiles = {name: found for name, steps in chains.items() if (found := _profiled(frame, steps))}
    described = _described(frame, stations, damage)
    return Benchmark(rows, skipped, described, environment(), profiles)


class _Job:
    """Something to be timed: given a number of threads it says what to call, and more to report."""

    def __init__(
        self,
        name: str,
        kind: str,
        work: Callable[[int], tuple[Callable[[], Any] | None, dict[str, Any]]],
    ) -> None:
        self.name, self.kind, self._work = name, kind, work

    def rows(self, threads: Sequence[int], pixels: int, runs: int) -> Iterator[BenchRow]:
        for count in threads:
            with threads_limited(count):
                work, more = self._work(count)
                if work is None:
                    return
                time = Spread.of(durations_ms(work, runs))
            yield BenchRow(self.name, self.kind, count, time, pixels, **more)


def _stages(given: Sequence[Stage | str] | None, damage: str) -> list[Stage]:
    if given is None:
        given = [one.name for one in registry.infos() if one.kind in TIMED_KINDS]
    return [
        one if isinstance(one, Stage) else _default(registry.info(one), damage) for one in given
    ]


def _default(info: registry.StageInfo, damage: str) -> Stage:
    """A stage as it is by default; an injector that takes a protocol gets the benchmark's."""
    protocol, _, variant = damage.partition("/")
    if info.kind == "injector" and {"protocol", "variant"} <= set(
        parameter_model(info).model_fields
    ):
        return stage(info.name, protocol=protocol, variant=variant)
    return stage(info.name)


def _stage_work(
    stations: Stations, one: Stage
) -> Callable[[int], tuple[Callable[[], Any], dict[str, Any]]]:
    def work(threads: int) -> tuple[Callable[[], Any], dict[str, Any]]:
        more: dict[str, Any] = {}
        if one.info.kind in FOLLOWS_DEFECTS:
            more["defects"] = len(stations.truth)
        if one.info.local:
            op = one.plan(stations.input_of(one).meta)
            more |= {"line_buffers": op.above + op.below, "latency_lines": op.below}
            more["bytes_per_pixel"] = _traffic(stations.input_of(one).meta, op.out)
        return stations.work(one), more

    return work


def _chain_work(
    frame: RawFrame, steps: list[str]
) -> Callable[[int], tuple[Callable[[], Any], dict[str, Any]]]:
    def work(threads: int) -> tuple[Callable[[], Any], dict[str, Any]]:
        stages = [stage(name) for name in steps]
        if not all(one.info.local for one in stages):
            pipeline = Pipeline.of(stages)
            return lambda: pipeline.run(frame), {"steps": f"{' → '.join(steps)}, step by step"}
        ops = _planned(stages, frame.meta)
        return segment_work(frame, ops), {
            "line_buffers": sum(op.above + op.below for op in ops),
            "latency_lines": sum(op.below for op in ops),
            "steps": f"{' → '.join(steps)}, one segment",
            "bytes_per_pixel": _traffic(frame.meta, ops[-1].out),
        }

    return work


def _planned(stages: Sequence[Stage], meta: FrameMeta) -> list[LocalOp]:
    """Strip operators in a line, each planned for what the one before puts out."""
    ops: list[LocalOp] = []
    for one in stages:
        ops.append(one.plan(meta))
        meta = ops[-1].out
    return ops


def _profiled(frame: RawFrame, steps: Sequence[str]) -> list[StripCost]:
    """The profile of a chain of local stages; empty for others and where one refuses the frame."""
    try:
        stages = [stage(name) for name in steps]
        if not all(one.info.local for one in stages):
            return []
        return profile(Segment.of(frame.meta, _planned(stages, frame.meta)), frame)
    except IspError:
        return []


def _traffic(given: FrameMeta, made: FrameMeta) -> int:
    """Bytes of a pixel in the input and in the output."""
    return sum(meta.dtype.itemsize * (1 if meta.space == "raw" else 3) for meta in (given, made))


def _stream_traffic() -> dict[str, Any]:
    return {"bytes_per_pixel": BYTES_PER_PIXEL}


def _described(frame: RawFrame, stations: Stations, damage: str) -> dict[str, Any]:
    return {
        "height": frame.shape[0],
        "width": frame.shape[1],
        "dtype": str(frame.mosaic.dtype),
        "cfa": frame.cfa.name,
        "damage": damage,
        "defects": len(stations.truth),
    }

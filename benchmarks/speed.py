"""How fast the classical pipeline is: opponents, frame sizes, threads, numbers of defects, memory.

Run ``python -m benchmarks.speed`` in the repository's root. It writes
``benchmarks/results/speed.json``, and a page and charts made from it. Contestants take turns, so that a
machine that is busy for a while is busy for all of them; the page shows medians with quartiles, the
best run, and throughput per second of processor time, which other programs disturb least.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from isp.clock import Spread, durations_ms
from isp.environment import environment
from isp.frame import RawFrame, RgbFrame
from isp.render import Renderer, renderer, room_for
from isp.stream import develop_stream
from isp.threads import thread_budget

RESULTS = Path(__file__).parent / "results"
CHAIN = ("black_level", "median8", "white_balance", "malvar", "camera_matrix", "gamma")
CAMERA = ((0.7, -0.1, -0.05), (-0.4, 1.2, 0.2), (-0.05, 0.15, 0.6))
SIZES = {"12 MP": (3000, 4000), "24 MP": (4000, 6000)}
SCALING = ((480, 640), (1080, 1920), (2000, 3000), (3000, 4000), (4000, 6000), (8000, 12500))
SLOW = ("LibRaw PPG", "colour-demosaicing Malvar")
BYTES_PER_PIXEL = 5  # 2 read, 3 written


def sample(shape: tuple[int, int], cfa: str = "GRBG") -> RawFrame:
    """A 12-bit frame of waves and noise, one pixel in a thousand bad."""
    rng = np.random.default_rng(0)
    row = np.arange(shape[0], dtype=np.float32)[:, None]
    col = np.arange(shape[1], dtype=np.float32)
    codes = 256 + 1900 * (1 + np.sin(col / 170) * np.cos(row / 230))
    codes += rng.normal(0, 12, shape).astype(np.float32)
    count = shape[0] * shape[1] // 1000
    codes[rng.integers(0, shape[0], count), rng.integers(0, shape[1], count)] = 4095
    return framed(np.clip(codes, 0, 4095).astype(np.uint16), cfa)


def framed(mosaic: np.ndarray, cfa: str = "GRBG") -> RawFrame:
    """Codes as a 12-bit frame."""
    return RawFrame.of(
        mosaic,
        cfa,
        black_dn=256,
        white_dn=4095,
        white_balance=(2.1, 1.0, 1.6),
        camera_matrix=CAMERA,
    )


def ours(frame: RawFrame, threads: int, chain: tuple[str, ...] = CHAIN) -> Callable[[], Any]:
    """The chain from memory to memory."""
    render: Renderer = renderer(chain)
    out = room_for(render.plan(frame.meta))
    return lambda: render(frame, out=out, threads=threads)


def stream(frame: RawFrame, threads: int) -> Callable[[], Any]:
    """The memory's limit: read 2 bytes and write 3 for each pixel."""
    from isp.bench.references import memory_stream

    return memory_stream(frame, threads)


def halide_binary(frame: RawFrame) -> Callable[[], Any] | None:
    """A built ``camera_pipe``-like program named by ISPSIM_HALIDE_CAMERA_PIPE; run as a whole."""
    program = os.environ.get("ISPSIM_HALIDE_CAMERA_PIPE")
    if not program:
        return None
    return lambda: subprocess.run([program], check=True, capture_output=True)


def contestants(frame: RawFrame, threads: int) -> dict[str, Callable[[], Any]]:
    """Everything that can be run here, by name."""
    from benchmarks.opponents.libraries import ColourDemosaicing, LibRawPpg
    from benchmarks.opponents.opencv import OpenCvExpert, OpenCvUsual

    found: dict[str, Callable[[], Any]] = {
        "ispsim": ours(frame, threads),
        "memory limit": stream(frame, threads),
    }
    try:
        from benchmarks.opponents.halide_pipeline import HalidePipeline

        found["Halide"] = HalidePipeline(frame.mosaic, threads)
    except ImportError:
        print("halide is not installed: pip install 'ispsim[bench]'", file=sys.stderr)
    program = halide_binary(frame)
    if program is not None:
        found["Halide, given binary"] = program
    matrix = np.array([[1.54, -0.47, -0.07], [-0.16, 1.33, -0.17], [0.03, -0.43, 1.4]])
    found["OpenCV expert"] = OpenCvExpert(frame, matrix, threads)
    found["OpenCV usual"] = OpenCvUsual(frame, matrix, threads)
    found["LibRaw PPG"] = LibRawPpg(frame, threads)
    found["colour-demosaicing Malvar"] = ColourDemosaicing(frame)
    return found


Times = dict[str, list[tuple[float, float]]]


def take_turns(works: dict[str, Callable[[], Any]], rounds: int) -> Times:
    """Wall and processor time in ms of each contestant, round after round; the slow ones less often."""
    times: Times = {name: [] for name in works}
    for work in works.values():
        work()
    for number in range(rounds):
        for name, work in works.items():
            if name in SLOW and number >= 3:
                continue
            wall, used = time.perf_counter(), time.process_time()
            work()
            times[name].append(
                ((time.perf_counter() - wall) * 1e3, (time.process_time() - used) * 1e3)
            )
    return times


def row(name: str, threads: int, pixels: int, times: list[tuple[float, float]]) -> dict[str, Any]:
    """One contestant's figures."""
    spread = Spread.of([wall for wall, _ in times])
    used = float(np.median([used for _, used in times]))
    return {
        "name": name,
        "threads": threads,
        "median_ms": spread.median_ms,
        "low_ms": spread.low_ms,
        "high_ms": spread.high_ms,
        "best_ms": spread.best_ms,
        "runs": spread.runs,
        "mp_per_s": pixels / spread.median_ms / 1e3,
        "best_mp_per_s": pixels / spread.best_ms / 1e3,
        "mp_per_cpu_s": pixels / max(used, 1e-9) / 1e3,
    }


def duel(label: str, threads: int, rounds: int) -> dict[str, Any]:
    """All contestants on one frame, in a process of its own: Halide and OpenMP fix their threads once."""
    command = [sys.executable, "-m", "benchmarks.speed", "--duel", label, str(threads), str(rounds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def run_duel(label: str, threads: int, rounds: int) -> dict[str, Any]:
    frame = sample(SIZES[label])
    load = os.getloadavg()[0]
    times = take_turns(contestants(frame, threads), rounds)
    pixels = frame.mosaic.size
    rows = [row(name, threads, pixels, taken) for name, taken in times.items() if taken]
    told = {"frame": label, "threads": threads, "pixels": pixels, "load_before": round(load, 2)}
    return {**told, "rows": rows}


def scaling(rounds: int) -> list[dict[str, Any]]:
    """Throughput over frame size and threads."""
    found = []
    for shape in SCALING:
        frame = sample(shape)
        for threads in sorted({1, thread_budget()}):
            works = {"ispsim": ours(frame, threads), "memory limit": stream(frame, threads)}
            times = take_turns(works, max(rounds, int(4e6 * rounds / frame.mosaic.size)))
            rows = [row(name, threads, frame.mosaic.size, times[name]) for name in works]
            found.append({"pixels": frame.mosaic.size, "threads": threads, "rows": rows})
        gc.collect()
    return found


def defects(rounds: int) -> list[dict[str, Any]]:
    """Cost of repairing known clusters of 7 to 12 pixels, over their number."""
    from isp import stage
    from isp.defects import DefectMap

    frame = sample(SIZES["12 MP"])
    rng = np.random.default_rng(1)
    found = []
    for count in (10, 100, 1000):
        rows, cols = clusters(rng, count, frame.shape)
        marked = DefectMap.for_frame(rows, cols, frame)
        for name in ("masked_median", "harmonic", "fsr"):
            corrector = stage(name)
            corrector.repair(frame, marked)
            taken = []
            for _ in range(rounds if name != "fsr" else 3):
                wall, used = time.perf_counter(), time.process_time()
                corrector.repair(frame, marked)
                taken.append(
                    ((time.perf_counter() - wall) * 1e3, (time.process_time() - used) * 1e3)
                )
            figures = row(name, thread_budget(), frame.mosaic.size, taken)
            figures["best_cpu_ms"] = min(used for _, used in taken)
            found.append({"clusters": count, "pixels": len(marked), **figures})
    return found


def clusters(
    rng: np.random.Generator, count: int, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Compact clusters of 7 to 12 pixels at random places."""
    chosen: set[tuple[int, int]] = set()
    for _ in range(count):
        height = int(rng.integers(2, 4))
        top, left = int(rng.integers(8, shape[0] - 8)), int(rng.integers(8, shape[1] - 8))
        for k in range(int(rng.integers(7, 13))):
            chosen.add((top + k % height, left + k // height))
    places = np.array(sorted(chosen))
    return places[:, 0], places[:, 1]


def sequences(seconds: float = 2.0) -> list[dict[str, Any]]:
    """Frames a second of sequences: in memory, and read from and written to files meanwhile."""
    found = []
    for label, shape in (("1080p", (1080, 1920)), ("12 MP", (3000, 4000))):
        frame = sample(shape)
        render = renderer(CHAIN)
        once = Spread.of(durations_ms(lambda: render(frame), 3)).median_ms  # noqa: B023
        count = max(8, int(seconds * 1e3 / once))
        with tempfile.TemporaryDirectory() as folder:
            given, made = Path(folder) / "in.npy", Path(folder) / "out.npy"
            np.save(given, frame.mosaic)

            def read(number: int) -> RawFrame:
                return framed(np.load(given))  # noqa: B023

            def write(number: int, picture: RgbFrame) -> None:
                np.save(made, picture.pixels)  # noqa: B023

            inside = develop_stream(range(count), lambda number: frame, render)  # noqa: B023
            files = develop_stream(range(count), read, render, write)
        found.append(
            {
                "frame": label,
                "frames": count,
                "fps_in_memory": inside.frames_per_s,
                "fps_with_files": files.frames_per_s,
            }
        )
    return found


def registers() -> dict[str, dict[str, int]]:
    """How often each row kernel of the chain names registers of 512, 256 and 128 bits (x86)."""
    render = renderer(CHAIN)
    segment = render.plan(sample((64, 64)).meta)
    kernels = segment.by_rows.kernels if segment.by_rows is not None else ()
    found = {}
    for kernel in kernels:
        text = kernel.assembly()
        found[kernel.function.__name__.strip("_")] = {
            name: text.count(f"%{name}") for name in ("zmm", "ymm", "xmm")
        }
    return found


def memory(shape: tuple[int, int] = (20000, 20000)) -> dict[str, Any]:
    """Peak memory of a large frame between memory-mapped files, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.large_frame", str(shape[0]), str(shape[1])]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--quick", action="store_true", help="the 12 MP table alone")
    parser.add_argument(
        "--duel", nargs=3, metavar=("FRAME", "THREADS", "ROUNDS"), help=argparse.SUPPRESS
    )
    given = parser.parse_args()
    if given.duel:
        label, threads, rounds = given.duel
        print(json.dumps(run_duel(label, int(threads), int(rounds))))
        return
    from benchmarks.speed_page import write_page

    counts = sorted({1, thread_budget()})
    labels = list(SIZES)[: 1 if given.quick else None]
    result: dict[str, Any] = {
        "schema": "ispsim-speed/1",
        "chain": list(CHAIN),
        "duels": [duel(label, threads, given.rounds) for label in labels for threads in counts],
    }
    if not given.quick:
        result["scaling"] = scaling(given.rounds)
        result["defects"] = defects(given.rounds)
        result["sequences"] = sequences()
        result["registers"] = registers()
        result["memory"] = memory()
    result |= environment()
    write_page(result, RESULTS)


if __name__ == "__main__":
    main()

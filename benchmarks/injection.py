"""How long it takes to damage a frame.

    python -m benchmarks.injection

A 24 MP frame gets 20 000 defects of mixed kinds and shapes, and a 100-frame sequence is made, with the
memory it takes. Writes ``results/injection.md`` and ``.json``.
"""

from __future__ import annotations

import resource
import statistics
from pathlib import Path
from time import perf_counter

import numpy as np

import isp
from benchmarks.page import Page, write_page
from isp.noise import NoiseModel
from isp.settings import settings
from sensors import preset

RESULTS = Path(__file__).parent / "results"
SHAPE = (4000, 6000)
REPEATS = 7
SEQUENCE_FRAMES = 100
SEQUENCE_SHAPE = (1024, 1024)
MIXED = [
    {
        "count": 12000,
        "damage": {"kind": "hot", "excess": {"e": {"median": 300, "sigma_log": 1.0}}},
    },
    {"count": 4000, "damage": [{"kind": "dead"}, {"kind": "noisy", "noise": {"sigma": 8}}]},
    {
        "count": 2000,
        "shape": "couplet",
        "damage": [
            {"kind": "hot", "excess": {"sigma": 20}},
            {"kind": "stuck", "level": {"dn": 100}},
        ],
    },
    {
        "count": 1000,
        "shape": "square",
        "size_px": [2, 5],
        "density": 0.7,
        "damage": {"kind": "low_response", "response_percent": [20, 80]},
    },
    {
        "count": 980,
        "shape": "blob",
        "size_px": [2, 5],
        "separation_px": 2,
        "law": {"law": "clustered"},
        "damage": {"kind": "blinking", "amplitude": {"e": 200}},
    },
    {
        "count": 20,
        "shape": "column",
        "size_px": "full",
        "label": "column",
        "damage": {"kind": "stuck", "level": {"range_percent": [0, 100], "across": "cluster"}},
    },
]


def main() -> None:
    """Time the injection, stream the sequence, write the page."""
    seconds, pixels = _injection()
    frame_seconds, growth_mib = _streamed()
    lines = [
        "| job | median [s] | fastest | slowest |",
        "|---|--:|--:|--:|",
        f"| 20 000 defects ({pixels} pixels) in {SHAPE[0]}×{SHAPE[1]} |"
        f" {statistics.median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f} |",
        f"| one of {SEQUENCE_FRAMES} frames of {SEQUENCE_SHAPE[0]}×{SEQUENCE_SHAPE[1]}, orbit |"
        f" {statistics.median(frame_seconds):.3f} | {min(frame_seconds):.3f} |"
        f" {max(frame_seconds):.3f} |",
    ]
    page = Page(
        "Damaging frames",
        "Drawing positions and strengths included, file reading not.",
        "python -m benchmarks.injection",
        [
            "\n".join(lines),
            f"Peak memory grew by {growth_mib:.1f} MiB from the sequence's fifth frame to its last.",
        ],
    )
    data = {"injection_s": seconds, "frame_s": frame_seconds, "growth_mib": growth_mib}
    write_page(RESULTS / "injection", page, data)


def _injection() -> tuple[list[float], int]:
    codes = np.random.default_rng(1).integers(256, 4096, SHAPE).astype(np.uint16)
    frame = isp.RawFrame.of(codes, "RGGB", black_dn=256, white_dn=4095, noise=NoiseModel(0.5, 4.0))
    clusters = isp.stage("clusters", population={"groups": MIXED})
    pixels = len(clusters(frame, 0).truth)
    seconds = []
    for seed in range(REPEATS):
        start = perf_counter()
        clusters(frame, seed)
        seconds.append(perf_counter() - start)
    return seconds, pixels


def _streamed() -> tuple[list[float], float]:
    """Seconds of each frame, and by how many MiB the peak of memory grew after the fifth."""
    chip = preset.load("orbit").chip(SEQUENCE_SHAPE, np.random.default_rng(0))
    plan = settings(SEQUENCE_FRAMES, (0.02, 0.5), (-10.0, 20.0))
    seconds, early = [], 0
    start = perf_counter()
    for number, _ in enumerate(chip.sequence(None, plan, np.random.default_rng(1), interval_s=1)):
        seconds.append(perf_counter() - start)
        start = perf_counter()
        if number == 4:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    last = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, (last - early) / 1024


if __name__ == "__main__":
    main()

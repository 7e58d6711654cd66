"""How well defects are found in one frame: recall by shape and amplitude, false alarms, opponents.

    python -m benchmarks.detection [--data DIR] [--sensor phone] [--gain 4] [--fwhm 3] [--side 1024]

A synthetic scene is exposed through a sensor preset (shot, read and fixed-pattern noise) and defects of
known amplitude are put into its codes on a jittered grid, at least a thousand of each shape. The
amplitude of every pixel is a multiple of the sensor's noise at its own noise-free signal, or a share of
that signal; up and down by chance where the range allows. ``--data`` names a folder with real frames
(``raw/``, ``defects/``) whose claims are counted too. Writes ``results/detection.md`` and ``.json``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import isp
from benchmarks.detection_shots import (
    ALLOWED_PER_MP,
    SHAPES,
    damage,
    false_per_mp,
    found_by,
    heading,
    repaired,
    shoot,
    strictest,
)
from benchmarks.page import Page, table, write_page
from isp.defects import DefectKind, DefectMap
from isp.io import ReadHints
from isp.metrics.detection import DetectionScore, Share, roc, score_detection

RESULTS = Path(__file__).parent / "results"
SIGMAS = (5, 8, 10, 15, 20, 30, 40)
SHARES = (0.08, 0.2, 0.3)
WIDTHS_PX = (1.5, 2.0, 2.5, 3.0)
THRESHOLDS = (5.0, 6.0, 7.0, 8.0, 10.0, 14.0)
OPPONENTS = ("clamp", "min_gradient", "median8")
CLEAN_SEEDS = 4
HEADERLESS: dict[str, dict[str, Any]] = {
    "raw/infinite-isp_ColorChecker_1920x1080_12bit_BGGR.raw": {
        "size": (1920, 1080), "bits": 12, "cfa": "BGGR"},
    "raw/infinite-isp-rm_Indoor1_2592x1536_8bit_GRBG.raw": {
        "size": (2592, 1536), "bits": 8, "cfa": "GRBG"},
    "raw/infinite-isp-rm_Outdoor1_2592x1536_8bit_GRBG.raw": {
        "size": (2592, 1536), "bits": 8, "cfa": "GRBG"},
    "raw/openISP_test_1920x1080_16le.raw": {"size": (1920, 1080), "bits": 10, "cfa": "RGGB"},
    "raw/mushfiq_DSC_1339_768x512_rggb.raw": {
        "size": (768, 512), "bits": 14, "cfa": "RGGB", "black_dn": 600},
    "defects/infinite-isp-tuning_BlackImage_1920x1080_12bits_BGGR.raw": {
        "size": (1920, 1080), "bits": 12, "cfa": "BGGR"},
    "raw/halide_bayer_small_256x344_10bit_GRBG.png": {"bits": 10, "cfa": "GRBG"},
}  # fmt: skip
SELF_DESCRIBED = (
    "raw/RAW_KODAK_DC50.KDC",
    "raw/tinydng_colorchart.dng",
    "raw/mex2025_rpi-gs_c21ff2bc_image.dng",
    "raw/mex2025_rpi-gs_2e7ec634_image_0.dng",
    "raw/seestar_M94_20250327-014513_GRBG_1080x1920.fit",
    "defects/mex2025_rpi-gs_dark_frame_c5dfe1e7.dng",
)


def amplitudes() -> Iterator[tuple[str, float, bool]]:
    yield from ((f"{s} σ", float(s), False) for s in SIGMAS)
    yield from ((f"{round(100 * s)} %", s, True) for s in SHARES)


def percent(score: DetectionScore) -> str:
    low, high = score.recall.interval
    return f"{100 * score.recall.value:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def record(name: str, shape: str, label: str, score: DetectionScore, **more: Any) -> dict[str, Any]:
    return {
        "stage": name, "shape": shape, "amplitude": label, **more,
        "clusters": score.whole.total, "pixels": score.recall.total,
        "recall": score.recall.value, "recall_interval": score.recall.interval,
        "whole": score.whole.value, "precision": score.precision.value,
        "false_per_mp": score.false_per_mp,
    }  # fmt: skip


def recall_table(options: argparse.Namespace) -> tuple[str, list[dict[str, Any]]]:
    """Our recall by shape and amplitude on one scene."""
    shot = shoot(options, options.fwhm, 100)
    rows, data = [], []
    for shape in SHAPES:
        row, count = [], 0
        for number, (label, amount, relative) in enumerate(amplitudes()):
            frame, truth = damage(shot, shape, amount, relative, number)
            score = score_detection(found_by("dynamic", frame), truth)
            data.append(record("dynamic", shape, label, score))
            row.append(f"{100 * score.recall.value:.1f}")
            count = score.whole.total
            print(shape, label, percent(score), file=sys.stderr)
        rows.append([shape, str(count), *row])
    labels = [label for label, _, _ in amplitudes()]
    text = f"## Recall of `dynamic` in %, scene blurred to {options.fwhm:g} px FWHM\n\n"
    return text + table(["shape", "number", *labels], rows), data


def opponents_table(options: argparse.Namespace) -> tuple[str, list[dict[str, Any]]]:
    """All at 20 σ, the blocks at the threshold that alters no more good pixels than allowed."""
    clean = [shoot(options, options.fwhm, seed) for seed in range(CLEAN_SEEDS)]
    chosen = {name: strictest(name, clean) for name in OPPONENTS}
    chosen["dynamic"] = ({}, false_per_mp("dynamic", clean))
    rows, data = [], []
    for shape in SHAPES:
        frame, truth = damage(clean[0], shape, 20.0, False, 4)
        row = [shape, str(len(np.unique(truth.cluster)))]
        for name in ("dynamic", *OPPONENTS):
            params, false = chosen[name]
            found = found_by(name, frame, **params)
            found = found if name == "dynamic" else repaired(found, truth)
            score = score_detection(found, truth)
            more = {**params, "clean_false_per_mp": false}
            data.append(record(name, shape, "20 σ", score, **more))
            row.append(percent(score))
        print(row, file=sys.stderr)
        rows.append(row)
    header = ["shape", "number"]
    header += [heading(name, *chosen[name]) for name in ("dynamic", *OPPONENTS)]
    text = (
        "## Beside the hardware blocks at 20 σ: recall in % (95 % Wilson interval)\n\nEach block at the"
        f" lowest threshold (share of the range) with at most {ALLOWED_PER_MP:g} altered good pixels per"
        " MP of clean scene; `clamp` has none. A defect counts as found by a block that moves it at"
        " least half way back.\n\n"
    )
    return text + table(header, rows), data


def width_table(options: argparse.Namespace) -> tuple[str, list[dict[str, Any]]]:
    """Our recall and false alarms over the sharpness of the scene."""
    rows, data = [], []
    for width in WIDTHS_PX:
        shots = [shoot(options, width, seed) for seed in range(CLEAN_SEEDS)]
        row = [f"{width} px"]
        for shape in list(SHAPES)[:4]:
            total = Share(0, 0)
            for number, shot in enumerate(shots):
                frame, truth = damage(shot, shape, 20.0, False, number)
                total += score_detection(found_by("dynamic", frame), truth).recall
            low, high = total.interval
            row.append(f"{100 * total.value:.1f} ({100 * low:.1f}–{100 * high:.1f})")
            data.append({"stage": "dynamic", "shape": shape, "amplitude": "20 σ", "fwhm_px": width,
                         "pixels": total.total, "recall": total.value,
                         "recall_interval": total.interval})  # fmt: skip
        false = false_per_mp("dynamic", shots)
        data.append({"stage": "dynamic", "fwhm_px": width, "clean_false_per_mp": false})
        row.append(f"{false:.1f}")
        print(row, file=sys.stderr)
        rows.append(row)
    header = ["FWHM", *list(SHAPES)[:4], "false/MP"]
    text = (
        "## Recall at 20 σ in %, and false alarms on the clean frames, by the sharpness of the scene"
        f"\n\n{CLEAN_SEEDS} scenes each.\n\n"
    )
    return text + table(header, rows), data


def roc_table(options: argparse.Namespace) -> tuple[str, list[dict[str, Any]]]:
    shots = [shoot(options, options.fwhm, seed) for seed in range(CLEAN_SEEDS)]
    frame, truth = damage(shots[0], "single", 20.0, False, 7)
    rows, data = [], []

    def found(threshold: float) -> DefectMap:
        return found_by("dynamic", frame, threshold_sigma=threshold)

    for threshold, score in roc(found, truth, THRESHOLDS).items():
        false = false_per_mp("dynamic", shots, threshold_sigma=threshold)
        rows.append([f"{threshold:g}", percent(score), f"{false:.1f}"])
        data.append(
            record(
                "dynamic", "single", "20 σ", score, threshold=threshold, clean_false_per_mp=false
            )
        )
    return "## Threshold: singles at 20 σ\n\n" + table(["σ", "recall in %", "false/MP"], rows), data


def real_table(folder: Path) -> tuple[str, list[dict[str, Any]]]:
    rows, data = [], []
    for name in (*HEADERLESS, *SELF_DESCRIBED):
        frame = isp.read(folder / name, ReadHints(**HEADERLESS.get(name, {})))
        found = found_by("dynamic", frame)
        counts = {
            k.label: int((found.kind == k).sum()) for k in DefectKind if (found.kind == k).any()
        }
        lines = {k: v for k, v in counts.items() if k in ("row", "column")}
        points = len(found) - sum(lines.values())
        area = frame.meta.active_area
        per_mp = points * 1e6 / (area.height * area.width)
        others = [len(found_by(n, frame)) * 1e6 / (area.height * area.width) for n in OPPONENTS]
        rows.append([Path(name).name, str(points), f"{per_mp:.1f}",
                     ", ".join(f"{k} {v}" for k, v in counts.items()) or "none",
                     *(f"{v:.0f}" for v in others)])  # fmt: skip
        data.append({"file": name, "claims": points, "per_mp": per_mp, "kinds": counts})
    header = ["frame", "points", "per MP", "by kind (pixels)", *(f"{n} per MP" for n in OPPONENTS)]
    text = (
        "## Claims on real frames\n\nTheir truth is unknown: claims are real defects and false alarms"
        " together.\n\n"
    )
    return text + table(header, rows), data


def main() -> None:
    """Parse the command line, measure, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder with real frames")
    parser.add_argument("--sensor", default="phone")
    parser.add_argument("--gain", type=float, default=4.0, help="analogue gain, 1 = base")
    parser.add_argument("--fwhm", type=float, default=3.0, help="blur of the scene, pixels")
    parser.add_argument("--side", type=int, default=1024)
    options = parser.parse_args()
    tables = (recall_table, opponents_table, width_table, roc_table)
    parts = [make(options) for make in tables]
    if options.data:
        parts.append(real_table(options.data))
    sections = [text for text, _ in parts]
    data = [entry for _, entries in parts for entry in entries]
    command = "python -m benchmarks.detection" + (" --data DIR" if options.data else "")
    text = (
        f"Sensor preset `{options.sensor}` at gain {options.gain:g}; σ is the preset's noise model at the"
        " noise-free signal. Shares of the signal are often within the noise: 20 % of 100 e- is 2 σ."
    )
    write_page(
        RESULTS / "detection",
        Page("Detection in one frame", text, command, sections),
        {"results": data},
    )


if __name__ == "__main__":
    main()

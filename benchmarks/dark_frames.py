"""Whether the dark signal of a radiation-damaged sensor follows exposure and temperature.

    python -m benchmarks.dark_frames

One individual ``orbit`` sensor takes dark frames at three temperatures and three exposures. Writes
``results/dark_frames.md``, ``.json`` and the histograms ``dark_frames.svg``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.page import Page, write_page
from isp.defects import DefectKind
from isp.files import atomic
from isp.seeds import child_rng
from sensors import preset
from sensors.chip import Chip

RESULTS = Path(__file__).parent / "results"
SHAPE = (1024, 1024)
TEMPERATURES_C = (-10.0, 5.0, 20.0)
EXPOSURES_S = (0.02, 0.1, 0.5)
AVERAGED = 4


def main() -> None:
    """Take the dark frames, compare with the scaling expected, draw the histograms."""
    sensor = preset.load("orbit")
    chip = sensor.chip(SHAPE, np.random.default_rng(1))
    frames = [_measure(chip, c, s) for c in TEMPERATURES_C for s in EXPOSURES_S]
    _scale(frames, sensor.dark_doubling_c)
    _draw(frames)
    page = Page(
        "Dark frames of a radiation-damaged sensor",
        f"The preset `{sensor.name}`: {sensor.summary}. Mean dark current and the excess of its"
        " single hot pixels (mean over those that saturate in no frame, above that of good pixels)"
        f" should follow exposure × 2^((T − T₀)/{sensor.dark_doubling_c:g} °C); *expected* is that"
        " law, taken from the frame in the middle. Each line is the mean of four frames; what a column or"
        " a pixel is off by for good (DSNU) does not scale and weighs most in the coldest and shortest.",
        "python -m benchmarks.dark_frames",
        [_table(frames), "![Histograms of the dark frames](dark_frames.svg)"],
    )
    plain = [{k: v for k, v in f.items() if k != "signal_e"} for f in frames]
    write_page(RESULTS / "dark_frames", page, {"frames": plain})


def _measure(chip: Chip, temperature_c: float, exposure_s: float) -> dict[str, Any]:
    """Signal above black in electrons, of good and of hot pixels, mean of several frames."""
    signal = np.zeros(SHAPE)
    for number in range(AVERAGED):
        rng = child_rng(7, number, int(temperature_c), int(1000 * exposure_s))
        taken = chip.expose(None, rng, exposure_s=exposure_s, temperature_c=temperature_c)
        signal += taken.frame.signal() / chip.sensor.system_gain_dn_e / AVERAGED
    truth = taken.truth
    # couplets and the impact are given in shares of the range: only the singles are a current
    hot = truth.select((truth.kind == DefectKind.HOT) & (truth.cluster_sizes() == 1))
    good = signal[~truth.mask()]
    return {
        "temperature_c": temperature_c,
        "exposure_s": exposure_s,
        "good_mean_e": float(good.mean()),
        "good_sigma_e": float(good.std()),
        "hot_e": signal[hot.rows, hot.cols].astype(np.float64) - float(good.mean()),
        "share_above_5_sigma": float((signal > good.mean() + 5 * good.std()).mean()),
        "signal_e": signal,
    }


def _scale(frames: list[dict[str, Any]], doubling_c: float) -> None:
    """Add what the law expects of each frame, and reduce the hot pixels to their mean."""
    top = max(float(f["signal_e"].max()) for f in frames)
    inside = np.logical_and.reduce([f["hot_e"] < 0.9 * top for f in frames])
    for frame in frames:
        frame["hot_mean_e"] = float(np.mean(frame.pop("hot_e")[inside]))
    middle = frames[len(frames) // 2]
    for frame in frames:
        doublings = (frame["temperature_c"] - middle["temperature_c"]) / doubling_c
        factor = frame["exposure_s"] / middle["exposure_s"] * 2**doublings
        frame["good_expected_e"] = middle["good_mean_e"] * factor
        frame["hot_expected_e"] = middle["hot_mean_e"] * factor


def _table(frames: list[dict[str, Any]]) -> str:
    lines = [
        "| °C | s | good pixels, mean [e⁻] | expected | hot pixels, mean excess [e⁻] | expected |"
        " above 5 σ |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {f['temperature_c']:g} | {f['exposure_s']:g} | {f['good_mean_e']:.2f} |"
        f" {f['good_expected_e']:.2f} | {f['hot_mean_e']:.1f} | {f['hot_expected_e']:.1f} |"
        f" {100 * f['share_above_5_sigma']:.2f} % |"
        for f in frames
    ]
    return "\n".join(lines)


def _draw(frames: list[dict[str, Any]]) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot as plt

    plt.rcParams["svg.hashsalt"] = "dark_frames"
    figure, axes = plt.subplots(1, len(EXPOSURES_S), figsize=(10, 3.2), sharey=True)
    for axis, exposure in zip(axes, EXPOSURES_S, strict=True):
        for frame in (f for f in frames if f["exposure_s"] == exposure):
            counts, edges = np.histogram(frame["signal_e"], bins=140, range=(-300, 14000))
            axis.stairs(counts, edges, label=f"{frame['temperature_c']:g} °C")
        axis.set(yscale="log", title=f"{exposure:g} s", xlabel="dark signal [e⁻]")
    axes[0].set_ylabel("pixels per bin")
    axes[0].legend(frameon=False)
    figure.tight_layout()
    with atomic(RESULTS / "dark_frames.svg", force=True) as path:
        figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()

"""The course of a training as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from isp.files import atomic

NO_CURVES = ("step", "windows", "elapsed_s", "loss")


def plot_history(history: Sequence[dict[str, float]], path: Path) -> None:
    """Draw the lead over the first fill of each family against the windows seen, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    windows = [row["windows"] for row in history]
    for name in (key for key in history[0] if key not in NO_CURVES):
        axes.plot(windows, [row[name] for row in history], label=name)
    axes.set_xlabel("windows")
    axes.set_ylabel("lead over the first fill, dB")
    axes.legend()
    axes.grid(alpha=0.3)
    with atomic(path, force=True) as temporary:
        figure.savefig(temporary, format="png", dpi=120)

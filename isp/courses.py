"""The course of trainings as a picture, from their histories or the logs beside their weights."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from isp.errors import FileError
from isp.files import atomic

NO_CURVES = ("step", "samples", "elapsed_s")

Row = Mapping[str, float]


def read_log(path: Path) -> list[dict[str, float]]:
    """The history of a training from its ``.log.csv``.

    Raises
    ------
    FileError
        If it is missing or not a log of figures.
    """
    try:
        with path.open(newline="") as file:
            rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise FileError(f"'{path}' cannot be read as the log of a training: {error}.") from error
    if not rows or "samples" not in rows[0]:
        raise FileError(f"'{path}' is not the log of a training: it has no column 'samples'.")
    return rows


def draw_history(histories: Mapping[str, Sequence[Row]], path: Path) -> None:
    """Draw a panel per loss and score against the samples seen, a line per training, as PNG.

    Parameters
    ----------
    histories : mapping of str to sequence of mapping
        Rows of reports by the training's name; rows may differ in what they report.
    path : path
        Picture, replaced where it exists.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    keys = {key: None for rows in histories.values() for key in rows[0] if key not in NO_CURVES}
    columns = min(3, len(keys))
    rows_of_panels = -(-len(keys) // columns)
    figure = Figure(figsize=(4.2 * columns, 2.8 * rows_of_panels), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows_of_panels, columns, squeeze=False).ravel()
    for panel, key in zip(panels, keys, strict=False):
        for name, rows in histories.items():
            seen = [row for row in rows if key in row]
            panel.plot([r["samples"] for r in seen], [r[key] for r in seen], ".-", label=name)
        panel.set_title(key)
        panel.set_xlabel("samples")
        panel.grid(alpha=0.3)
    for panel in panels[len(keys) :]:
        panel.axis("off")
    if len(histories) > 1:
        panels[0].legend()
    with atomic(path, force=True) as temporary:
        figure.savefig(temporary, format="png", dpi=110)

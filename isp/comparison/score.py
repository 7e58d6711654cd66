"""From an outcome to its rows of figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isp.comparison.case import Case, Group
from isp.comparison.contestants import Outcome
from isp.comparison.develop import Development
from isp.comparison.records import Record
from isp.metrics.encoding import encoded_mosaic
from isp.metrics.picture import (
    PictureErrors,
    area_figures,
    global_figures,
    model_score,
    picture_errors,
)
from isp.metrics.pixels import PixelSamples, pixel_figures
from isp.metrics.ring import good_pixel_figures, ring_delta_e
from isp.metrics.texture import texture_ratio


@dataclass(frozen=True)
class Scorer:
    """Scores outcomes of one comparison.

    Parameters
    ----------
    developments : sequence of Development
        The first gives the picture figures; figures of the others carry their demosaicing's name.
    """

    developments: Sequence[Development]

    def records(self, case: Case, stage: str, used_map: str, outcome: Outcome) -> list[Record]:
        """All figures of one outcome."""
        rows: list[Record] = []
        for group, figures in self._figures(case, outcome):
            rows += [
                Record(
                    case.name.input,
                    case.name.crop,
                    case.name.protocol,
                    case.name.variant,
                    used_map,
                    stage,
                    group.kind,
                    group.size,
                    group.density,
                    group.channel,
                    metric,
                    float(value),
                )
                for metric, value in figures.items()
                if np.isfinite(value)
            ]
        return rows

    def _figures(self, case: Case, outcome: Outcome) -> Iterator[tuple[Group, dict[str, float]]]:
        if outcome.picture_stage is None:
            yield from _mosaic_figures(case, outcome)
        for index, development in enumerate(self.developments):
            errors = picture_errors(
                case.reference_picture(development),
                development.picture(outcome.frame, outcome.picture_stage),
            )
            suffix = f"@{development.demosaic}" if index else ""
            for group, figures in _picture_figures(case, errors):
                yield group, {name + suffix: value for name, value in figures.items()}


def _mosaic_figures(case: Case, outcome: Outcome) -> Iterator[tuple[Group, dict[str, float]]]:
    """Figures on the mosaic: defect pixels, texture, good pixels."""
    encoded = encoded_mosaic(case.reference, outcome.frame.mosaic)
    period = case.clean.cfa.period
    samples = _samples(case, encoded, outcome.frame.signal())
    for group in case.groups:
        if not group.entries.any():
            continue
        figures = pixel_figures(samples.select(group.entries), noisy_reference=case.noisy_reference)
        if group.clusters:
            figures["texture_ratio"] = texture_ratio(encoded, period, group.repaired, group.around)
        yield group, figures
    yield case.groups[0], _good_figures(case, outcome, encoded)


def _samples(case: Case, encoded: NDArray[np.float64], signal: NDArray[np.float32]) -> PixelSamples:
    at = (case.truth.rows, case.truth.cols)
    return PixelSamples(
        *(
            np.asarray(plane[at], np.float64)
            for plane in (
                case.reference.signal(),
                signal,
                case.encoded,
                encoded,
                case.sigma_dn,
                case.full_scale_dn,
                case.code_variance,
            )
        )
    )


def _good_figures(case: Case, outcome: Outcome, encoded: NDArray[np.float64]) -> dict[str, float]:
    bad = case.truth.mask()
    changed = outcome.frame.mosaic != case.damaged.mosaic
    if outcome.frame is case.clean:
        changed = np.zeros_like(bad)
    figures = good_pixel_figures(encoded - case.encoded, changed, bad, case.ignore)
    if outcome.marked:
        figures["unrepaired_share"] = outcome.unrepaired / outcome.marked
    return figures


def _picture_figures(case: Case, errors: PictureErrors) -> Iterator[tuple[Group, dict[str, float]]]:
    """Figures on the developed picture: the whole, the areas of each group, the ring."""
    for index, group in enumerate(case.groups):
        boxes = [case.boxes[int(cluster.entries[0])] for cluster in group.clusters]
        figures = area_figures(errors, boxes) if boxes else {}
        if index == 0:
            figures |= global_figures(errors)
            if boxes:
                figures["model_score"] = model_score(figures)
            figures["ring_delta_e"] = ring_delta_e(errors.delta_e, case.truth.mask(), case.ignore)
        yield group, figures

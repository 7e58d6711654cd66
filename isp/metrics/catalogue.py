"""What each figure is called, its unit, which way is better, and how it is defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Better = Literal["higher", "lower", "zero", "one"]


@dataclass(frozen=True)
class Figure:
    """One figure.

    Parameters
    ----------
    name : str
        As it stands in records.
    label : str
        As it stands over a column.
    unit : str
        Empty for a pure number.
    better : str
        ``higher``, ``lower``, or nearer to ``zero`` or ``one``.
    digits : int
        Decimals to show.
    meaning : str
        One sentence: where and how it is taken.
    """

    name: str
    label: str
    unit: str
    better: Better
    digits: int
    meaning: str

    def loss(self, value: float) -> float:
        """A number that is smaller the better the value is: what to rank by."""
        target = {"higher": None, "lower": None, "zero": 0.0, "one": 1.0}[self.better]
        if target is not None:
            return abs(value - target)
        return -value if self.better == "higher" else value


_ALL: Final = (
    Figure("defect_psnr_db", "Defect PSNR", "dB", "higher", 2,
           "on the defect pixels of the mosaic, sRGB-encoded and white balanced, peak 1; per crop"
           " from the pooled error, which counts as no less than the quantisation noise of the codes,"
           " then averaged"),
    Figure("defect_bias_percent", "Bias, linear", "%", "zero", 2,
           "mean signed error on the defect pixels, linear, in % of full scale"),
    Figure("defect_bias_encoded", "Bias, encoded", "", "zero", 4,
           "mean signed error on the defect pixels, encoded"),
    Figure("defect_rmse_sigma", "RMSE", "σ", "lower", 1,
           "root-mean-square error on the defect pixels in units of the noise at the local signal"),
    Figure("defect_p95_encoded", "95th percentile", "", "lower", 3,
           "95 % of the defect pixels are off by less than this, encoded"),
    Figure("defect_residual_share", "Residual defects", "%", "lower", 1,
           "share of defect pixels still off by more than 5 σ and more than 5 % of the signal"),
    Figure("defect_mse_less_noise", "MSE − σ²", "%²", "lower", 2,
           "mean square error on the defect pixels less the reference's own noise variance, in"
           " (% of full scale)²; for references that are real, noisy frames"),
    Figure("texture_ratio", "Texture", "", "one", 2,
           "local variance of the repaired pixels over that of the good pixels round them: 1 looks like"
           " the surroundings, 0 is a smooth hole"),
    Figure("area_psnr_db", "Area PSNR", "dB", "higher", 2,
           "on the defect areas (boxes of at least 7×7) after demosaicing, encoded"),
    Figure("area_ssim", "Area SSIM", "", "higher", 3,
           "SSIM of the cut-out defect areas, 7×7 window, data range 1"),
    Figure("area_delta_e", "Area ΔE00", "", "lower", 2,
           "mean CIEDE2000 on the defect areas"),
    Figure("global_psnr_db", "Global PSNR", "dB", "higher", 2,
           "on the whole developed crop, encoded"),
    Figure("global_ssim", "Global SSIM", "", "higher", 4,
           "SSIM of the whole developed crop"),
    Figure("global_delta_e", "Global ΔE00", "", "lower", 3,
           "mean CIEDE2000 of the whole developed crop"),
    Figure("model_score", "Model score", "", "higher", 1,
           "PSNR + 100·SSIM, whole crop plus defect areas"),
    Figure("ring_rmse_encoded", "Ring RMSE", "", "lower", 4,
           "root-mean-square error on the good pixels of the mosaic within 4 pixels of a defect"),
    Figure("ring_changed_share", "Ring changed", "%", "lower", 1,
           "share of the good pixels within 4 pixels of a defect that the stage altered"),
    Figure("ring_delta_e", "Ring ΔE00", "", "lower", 2,
           "mean CIEDE2000 in the developed picture on the 4 pixels round the defects"),
    Figure("good_changed_ppm", "Good pixels changed", "ppm", "lower", 0,
           "good pixels of the whole mosaic that the stage altered"),
    Figure("unrepaired_share", "Not repaired", "%", "lower", 2,
           "share of the marked pixels for which the stage says that it has no value"),
    Figure("table_cost_db", "Cost of the table", "dB", "lower", 2,
           "defect PSNR with the whole map less that with what the defect table holds of it, on the"
           " same crop"),
    Figure("table_entries", "Table entries", "", "lower", 0,
           "pixels that the defect table holds, dilation included"),
    Figure("table_left_share", "Not in the table", "%", "lower", 1,
           "share of the true defect pixels in the map that did not fit into the defect table: they"
           " stay as they are and count"),
    Figure("detection_recall", "Recall", "%", "higher", 1,
           "share of the true defect pixels that the detector marks"),
    Figure("detection_precision", "Precision", "%", "higher", 1,
           "share of the marked pixels that are true defects"),
    Figure("detection_false_per_mp", "False alarms", "/MP", "lower", 1,
           "good pixels marked, per million good pixels; defects the frame had before do not count"),
)  # fmt: skip
FIGURES: Final = {figure.name: figure for figure in _ALL}
PERCENT: Final = frozenset(
    figure.name
    for figure in _ALL
    if figure.unit == "%" and figure.name.endswith(("_share", "_recall", "_precision"))
)
"""Figures recorded as a share 0 .. 1 and shown in %."""


def figure(name: str) -> Figure:
    """The entry of a figure; ``name@demosaic`` is the figure after another demosaicing."""
    base, _, variant = name.partition("@")
    found = FIGURES.get(base, Figure(base, base, "", "higher", 3, ""))
    if not variant:
        return found
    return Figure(name, f"{found.label}, {variant}", found.unit, found.better, found.digits,
                  f"{found.meaning}, demosaicing {variant}")  # fmt: skip

"""What the thesis reports.

Source: A. G. Vestengen, *Improving image sensor performance by developing on-chip machine learning
algorithms*, Master's thesis, University of Oslo, 2023, tables 4.1 to 4.14: 500 samples each, faces
(CelebA), 8-bit RGB, at 256×256 where not said otherwise.
"""

from __future__ import annotations

from typing import Final

WAYS: Final = ("latent_inpainter", "dual_encoder", "generative_inpainter", "inpainter")
METRICS: Final = {
    "area_psnr_db": "defect PSNR / dB",
    "area_ssim": "defect SSIM / %",
    "global_psnr_db": "global PSNR / dB",
    "global_ssim": "global SSIM / %",
}

INFERENCE_MS: Final = {128: 23.0, 256: 27.0, 512: 37.0, 1024: 76.0}

Table = dict[str, dict[str, float]]


def _table(rows: dict[str, tuple[float, float, float, float]]) -> Table:
    """Figures in the order of `METRICS`."""
    return {name: dict(zip(METRICS, figures, strict=True)) for name, figures in rows.items()}


FIXED: Final = _table(
    {
        "damaged": (15.24, 15.89, 44.08, 99.82),
        "latent_inpainter": (33.19, 80.56, 38.62, 98.03),
        "dual_encoder": (32.93, 79.54, 46.13, 99.40),
        "generative_inpainter": (34.61, 83.79, 40.41, 98.54),
        "inpainter": (31.62, 74.03, 44.35, 99.44),
    }
)
"""Tables 4.4, 4.6, 4.8 and 4.10; the damaged pictures are those of table 4.4."""

DYNAMIC: Final = _table(
    {
        "latent_inpainter": (17.43, 45.24, 35.39, 97.68),
        "dual_encoder": (16.89, 41.37, 39.63, 99.09),
        "generative_inpainter": (18.66, 47.39, 36.71, 98.24),
        "inpainter": (16.89, 40.92, 38.92, 99.12),
    }
)
"""Table 4.12: dynamic defects, trained on fixed ones."""

RETRAINED: Final = _table(
    {
        "latent_inpainter": (28.67, 79.06, 36.74, 96.61),
        "dual_encoder": (26.52, 71.25, 42.14, 98.96),
        "generative_inpainter": (29.52, 80.49, 35.79, 95.49),
        "inpainter": (27.49, 74.54, 42.05, 98.85),
        "median": (14.14, 33.25, 32.67, 93.31),
    }
)
"""Tables 4.13 and 4.14: dynamic defects, retrained on them; OpenCV's 3×3 median of all of the picture."""

TABLES: Final[dict[str, Table]] = {"fixed": FIXED, "dynamic": DYNAMIC, "retrained": RETRAINED}

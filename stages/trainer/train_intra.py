"""Trains the inpainting transformer of `intra` on any folder of photographs or raw frames."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from isp.registry import BAYER, stage
from stages.learned.inpainting_transformer.recipes import Form, train
from stages.learned.training.loop import Progress
from stages.learned.training.parameters import Training


@stage(
    kind="trainer",
    reference="J. Pirnay, K. Chai, Inpainting transformer for anomaly detection, ICIAP 2022",
    cfas=BAYER,
)
def train_intra(
    images: Path,
    out: Path,
    *,
    form: Annotated[
        Form, Field(description="mosaic: what ships; paper, paper_large: the paper's form")
    ] = "mosaic",
    training: Training,
) -> Progress:
    """Train the inpainting transformer: seeded, resumable after a kill, bounded by time or windows.

    Parameters
    ----------
    images : path
        Folder of photographs (PNG, JPEG, TIFF) or Bayer raw frames; one of twelve is held out.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    form : str
        ``mosaic``: knows what is unknown, windows by their own level. ``paper``: whole patches hidden,
        the mean read out, at the same size. ``paper_large``: K 16, L 7, D 512, 13 blocks.
    training : Training
        Budget, seed and what may be replaced: fields of the set are parameters of the stage.

    Returns
    -------
    Progress
        With the validation history.
    """
    return train(form, images, out, training)

"""Trains the generator of the stage `inpainter` on any folder of photographs or raw frames."""

from pathlib import Path

from isp.registry import BAYER, stage
from stages.learned.defectgan.choices import CriticTraining
from stages.learned.defectgan.recipes import train
from stages.learned.training.loop import Progress


@stage(
    kind="trainer",
    reference="Defect GAN thesis, its reference: adversarial, global and local losses only",
    cfas=BAYER,
)
def train_inpainter(images: Path, out: Path, *, training: CriticTraining) -> Progress:
    """Train on damaged pictures alone, with a critic and without a latent loss.

    What is left at ``None`` is as the recipe says, see `stages.learned.defectgan.recipes`.

    Parameters
    ----------
    images : path
        Folder of photographs (PNG, JPEG, TIFF) or, for a packed mosaic, Bayer raw frames too; one of
        twelve is held out.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    training : CriticTraining
        Budget, seed and what differs from the recipe: fields of the set are parameters of the stage.

    Returns
    -------
    Progress
        With the validation history.
    """
    return train("inpainter", images, out, training)

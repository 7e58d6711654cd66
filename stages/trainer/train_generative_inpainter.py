"""Trains the generator of the stage `generative_inpainter` on any folder of photographs or raw frames."""

from pathlib import Path

from isp.registry import BAYER, stage
from stages.learned.defectgan.choices import LatentTraining
from stages.learned.defectgan.recipes import train
from stages.learned.training.loop import Progress


@stage(
    kind="trainer",
    reference="Defect GAN thesis, algorithm 3: the dual encoder without a critic",
    cfas=BAYER,
)
def train_generative_inpainter(images: Path, out: Path, *, training: LatentTraining) -> Progress:
    """Train one network on clean and on damaged pictures, their latent features alike, without a critic.

    What is left at ``None`` is as the recipe says, see `stages.learned.defectgan.recipes`.

    Parameters
    ----------
    images : path
        Folder of photographs (PNG, JPEG, TIFF) or, for a packed mosaic, Bayer raw frames too; one of
        twelve is held out.
    out : path
        Weights (safetensors); beside them the state, a log (CSV) and a plot.
    training : LatentTraining
        Budget, seed and what differs from the recipe: fields of the set are parameters of the stage.

    Returns
    -------
    Progress
        With the validation history.
    """
    return train("generative_inpainter", images, out, training)

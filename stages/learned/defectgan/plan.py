"""Every choice of a training in one place, with the thesis's values for each of its four ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from isp.errors import StageError
from stages.learned.defectgan.defects import Mode
from stages.learned.defectgan.network import MULTIPLE, Normalisation, Output
from stages.learned.defectgan.objectives import Adversarial, Distance

Way = Literal["latent_inpainter", "dual_encoder", "generative_inpainter", "inpainter"]
Critic = Literal["pixel", "global", "none"]
Schedule = Literal["constant", "cosine"]
Initial = Literal["kaiming", "copy"]


@dataclass(frozen=True)
class Plan:
    """How a generator learns.

    Parameters
    ----------
    way : {"latent_inpainter", "dual_encoder", "generative_inpainter", "inpainter"}
        Where the latent target comes from: a frozen autoencoder of the same shape; the same network
        shown the clean picture (both, the latter without a critic by default); nowhere.
    pixel, local, latent : float
        Weights of the global L1, of the loss on the defect areas and of the latent loss, beside an
        adversarial loss of weight 1.
    autoencoder_pixel : float
        Weight of the global L1 while the autoencoder is trained.
    autoencoder_share : float
        Share of the budget that the autoencoder has (latent inpainter).
    n_critic : int
        Updates of the critic for one of the generator, each on pictures of its own.
    critic_rate, generator_rate : float
        Learning rates; two time scales.
    betas : tuple of float
        Of Adam.
    schedule : {"constant", "cosine"}
        Of both rates: cosine rises over `warm_up` steps and falls to a hundredth at the end.
    warm_up : int
        Steps, see `schedule`.
    average : float
        Decay of the moving average of the generator that is judged and written; 0 takes it as it is.
    batch, crop : int
        Samples the generator learns from in a step; their side in pixels of the network's planes.
    shards : int
        Parts of a batch that threads may work through side by side.
    mode : {"fixed", "dynamic"}
        Defects, see `defects.Defects.of`.
    channels : int
        3 for RGB, 4 for a packed mosaic.
    output : {"relu", "tanh", "none"}
        The generator's last activation.
    critic : {"pixel", "global", "none"}
        An opinion per pixel, per picture, or no adversarial loss.
    adversarial : {"wgan", "cgan"}
        Objective of the critic; with ``cgan`` it is shown the generator's input too.
    initial : {"kaiming", "copy"}
        The generator's first weights: Kaiming's, or those of `start.start_as_copy`.
    defects : int
        Most defects in a picture to learn from (more teach more per picture); 0: as the mode has it.
    normalisation : {"spectral", "batch", "none"}
        Of the generator.
    critic_spectral : bool
        Whether the critic is spectrally normalised, which keeps a WGAN's critic Lipschitz.
    dropout : float
        In the generator.
    local_distance, latent_distance : {"l1", "l2"}
        How the defect areas and the latent features are compared.
    kept : int
        Samples drawn once and held in memory; 0 draws new ones at every step.
    seed : int
        Of weights, samples and dropout.
    """

    way: Way = "inpainter"
    pixel: float = 10.0
    local: float = 100.0
    latent: float = 0.0
    autoencoder_pixel: float = 100.0
    autoencoder_share: float = 0.4
    n_critic: int = 2
    critic_rate: float = 4e-4
    generator_rate: float = 2e-4
    betas: tuple[float, float] = (0.0, 0.999)
    schedule: Schedule = "constant"
    warm_up: int = 100
    average: float = 0.0
    batch: int = 16
    shards: int = 1
    crop: int = 128
    mode: Mode = "fixed"
    channels: int = 3
    output: Output = "relu"
    critic: Critic = "pixel"
    adversarial: Adversarial = "wgan"
    initial: Initial = "kaiming"
    defects: int = 0
    normalisation: Normalisation = "spectral"
    critic_spectral: bool = True
    dropout: float = 0.1
    local_distance: Distance = "l2"
    latent_distance: Distance = "l1"
    kept: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.crop % MULTIPLE or self.crop <= 0:
            raise StageError(f"A crop is a multiple of {MULTIPLE}; got {self.crop}.")
        if self.channels not in (3, 4):
            raise StageError(f"Channels are 3 (RGB) or 4 (packed mosaic); got {self.channels}.")
        if self.batch < 1 or self.n_critic < 1 or min(self.kept, self.defects) < 0:
            raise StageError(
                "'batch' and 'n_critic' are 1 or more, 'kept' and 'defects' 0 or more."
            )

        if self.shards < 1 or self.batch % self.shards:
            raise StageError(f"A batch of {self.batch} has no {self.shards} equal shards.")
        if self.shards > 1 and (self.normalisation != "none" or self.dropout):
            raise StageError("Normalisation and dropout need a batch in one shard.")
        if self.initial == "copy" and (self.normalisation != "none" or self.output == "tanh"):
            raise StageError("A start as a copy takes no normalisation, and not the output 'tanh'.")

    @property
    def both(self) -> bool:
        """Whether the generator is also shown the clean picture, whose features are the target."""
        return self.way in ("dual_encoder", "generative_inpainter")


THESIS: dict[Way, Plan] = {
    "latent_inpainter": Plan("latent_inpainter", pixel=10.0, local=100.0, latent=1.0),
    "dual_encoder": Plan("dual_encoder", pixel=100.0, local=100.0, latent=1.0),
    "generative_inpainter": Plan(
        "generative_inpainter", pixel=100.0, local=10.0, latent=10.0, critic="none"
    ),
    "inpainter": Plan("inpainter", pixel=100.0, local=100.0),
}
"""The parameters in the thesis's tables. Not in them, and chosen here: the rate of dropout, the
autoencoder's share and its weight (the upper end of the stated 10 to 100)."""

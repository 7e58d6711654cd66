"""Irregular defects and superpositions of them, from a variational autoencoder."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from isp.cfa import Cfa
from isp.params import FilePath
from isp.registry import stage
from stages.learned.shape_vae.generation import generated


@stage(
    "shape",
    reference="G. Malyshev et al., Using a variational autoencoder in the task of overlaying multiple"
    " images, GraphiCon 2021",
)
def vae(
    rng: np.random.Generator,
    size: tuple[int, int],
    cfa: Cfa,
    *,
    superimposed: Annotated[int, Field(ge=1, le=3, description="shapes in one")] = 2,
    balanced: Annotated[
        bool, Field(description="weigh the shapes so that all are seen; false: plain sum")
    ] = True,
    spread: Annotated[float, Field(ge=0, le=3, description="of the clusters' deviation")] = 0.5,
    threshold: Annotated[
        float, Field(gt=0, lt=1, description="least amplitude that is kept")
    ] = 0.3,
    weights: Annotated[
        FilePath, Field(description="weights file; the shipped one where empty")
    ] = "",
) -> NDArray[np.float32]:
    """A scratch, crack, pore, impact or smear, or several superimposed by adding their latent vectors.

    Parameters
    ----------
    superimposed : int
        How many shapes are added.
    balanced : bool
        Whether the latent vectors are weighed so that each shape is seen; else the paper's plain sum,
        in which one may swallow the other.
    spread : float
        How far a latent vector strays from its cluster's mean, in its standard deviations.
    threshold : float
        Amplitude below which a pixel is good.
    weights : str
        A file that ``isp train vae`` wrote.

    Returns
    -------
    float32 array of shape (h, w), h ≤ size[0] and w ≤ size[1]
        Amplitude, 1 at the strongest pixel; turned or mirrored at random.
    """
    return generated(rng, size, superimposed, balanced, spread, threshold, weights)

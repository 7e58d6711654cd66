"""Defects of any population in a raw frame."""

from typing import Annotated

import numpy as np
from pydantic import Field

from isp import protocols
from isp.errors import StageError
from isp.exchange import Injection
from isp.frame import RawFrame
from isp.population import damage
from isp.population import table as defect_table
from isp.population.model import Population
from isp.registry import stage


@stage(
    "injector",
    reference="EMVA Standard 1288, Release 4.0 (2021); G. H. Chapman, I. Koren et al., DFT 2022",
)
def clusters(
    frame: RawFrame,
    rng: np.random.Generator,
    *,
    population: Annotated[Population | None, Field(description="groups of defects")] = None,
    protocol: Annotated[str, Field(description="a named protocol instead of a population")] = "",
    variant: Annotated[str, Field(description="a variant of the protocol")] = "",
) -> Injection:
    """Damage a raw frame with a population of defects and tell the exact truth.

    Works on the file's codes and on DN above black with one result; pixels outside the truth map keep
    their bits. Hot pixels add K·(Δe + its shot noise), responses scale DN − black, everything is clipped
    at saturation and stays on the file's code grid.

    Parameters
    ----------
    frame : RawFrame
        Any CFA and dtype.
    rng : Generator
        Seeded source of chance: positions, strengths and noise.
    population : Population
        What to inject.
    protocol, variant : str
        A named one instead (see `isp.protocols`).

    Returns
    -------
    Injection
        The damaged frame and its map: kind, signed deviation in DN, cluster number.

    Raises
    ------
    StageError
        If neither or both of population and protocol are given, or the defects do not fit.
    """
    if (population is None) == (not protocol):
        raise StageError("Stage 'clusters' needs either a population or the name of a protocol.")
    if population is None:
        population = protocols.load(protocol).variant(variant)
    drawing, noise = rng.spawn(2)
    table = defect_table.draw(population, frame.meta, drawing)
    name = f"protocol {protocol}" if protocol else f"{len(population.groups)} groups"
    return damage.apply(table, frame, noise, step=f"clusters ({name}): {len(table)} pixels")

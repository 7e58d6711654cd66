"""Named defect protocols: what quality is measured on, as data (one YAML file each)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from isp.errors import ScenarioError
from isp.population.amounts import Model
from isp.population.model import Population
from isp.words import nearest

_FOLDER = Path(__file__).parent


class Protocol(Model):
    """A damage on which correctors are compared.

    Parameters
    ----------
    name, summary, reference : str
        What it is and where it comes from.
    variants : mapping of str to Population
        Populations that are reported one by one, the first one first.
    """

    name: str
    summary: str
    reference: str = ""
    variants: dict[str, Population] = Field(min_length=1)

    @property
    def population(self) -> Population:
        """The first variant's population."""
        return next(iter(self.variants.values()))

    def variant(self, name: str = "") -> Population:
        """The population of a variant; the first one's for an empty name.

        Raises
        ------
        ScenarioError
            If there is no such variant.
        """
        if not name:
            return self.population
        if name not in self.variants:
            known = ", ".join(self.variants)
            raise ScenarioError(f"Protocol '{self.name}' has no variant '{name}'; it has {known}.")
        return self.variants[name]


def names() -> list[str]:
    """Names of all protocols, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


@cache
def load(name: str) -> Protocol:
    """The protocol of a name.

    Raises
    ------
    ScenarioError
        If there is none of that name.
    """
    if name not in names():
        raise ScenarioError(
            f"There is no protocol '{name}'.{nearest(name, names())} Known: {', '.join(names())}."
        )
    data = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return Protocol(name=name, **data)

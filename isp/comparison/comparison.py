"""A finished comparison: rows, tables, costs, pictures, and the folder they are written to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from isp.comparison.contestants import Contestant
from isp.comparison.exhibits import Exhibit
from isp.comparison.plan import Plan
from isp.comparison.records import Record
from isp.comparison.run import Failure
from isp.comparison.summary import Block
from isp.comparison.timing import Cost
from isp.comparison.whole import WholeFrame


@dataclass(frozen=True, eq=False)
class Comparison:
    """All that a comparison found.

    Parameters
    ----------
    plan : Plan
        What was done.
    records : list of Record
        Every figure in long form.
    blocks : list of Block
        Means, intervals and leads for each damage and map.
    costs : list of Cost
        Time of each stage on crops and on a whole frame.
    exhibits, frames : list
        Pictures for the report.
    failures : list of Failure
        What could not be done.
    provenance : dict
        Input to what was done to its frame.
    notes : dict
        Stage to its remarks.
    environment : dict
        Machine and versions.
    """

    plan: Plan
    records: list[Record]
    blocks: list[Block]
    costs: list[Cost] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)
    frames: list[WholeFrame] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    provenance: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)

    @property
    def stages(self) -> list[str]:
        """Labels of the contestants, in the order given."""
        return [one.label for one in self.plan.contestants]

    def contestant(self, label: str) -> Contestant | None:
        """The contestant of a label; None for ``none`` and ``clean``."""
        return next((one for one in self.plan.contestants if one.label == label), None)

    def cost(self, label: str, scope: str) -> Cost | None:
        """The cost of a stage on a ``crop`` or on a whole ``frame``."""
        return next((c for c in self.costs if (c.stage, c.scope) == (label, scope)), None)

    def block(self, variant: str = "", used_map: str = "truth") -> Block:
        """The results of a variant (the first where not given) under a map. Raises `KeyError`."""
        for one in self.blocks:
            if variant in ("", one.variant) and one.map in (used_map, "none"):
                return one
        raise KeyError((variant, used_map))

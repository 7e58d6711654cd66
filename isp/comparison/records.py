"""Results in long form: one row a figure."""

from __future__ import annotations

from dataclasses import dataclass, fields

ALL = "all"
NO_MAP = "none"


@dataclass(frozen=True, slots=True)
class Record:
    """One figure of one crop.

    Parameters
    ----------
    input : str
        Name of the frame or photograph.
    crop : str
        Which crop of it, and which draw of damage: ``0:0``, which no reader takes for a number.
    protocol, variant : str
        The damage.
    map : str
        The map that the stage got: ``truth``, ``detected``, ``wrong10``, or ``none`` for stages that
        take none.
    stage : str
        Label of the stage; ``none`` is the damaged frame, ``clean`` the frame before the damage.
    kind, size, density, channel : str
        What the figure is restricted to; ``all`` where it is not.
    metric : str
        Name of the figure, see `isp.metrics.catalogue`.
    value : float
        Its value, finite.
    """

    input: str
    crop: str
    protocol: str
    variant: str
    map: str
    stage: str
    kind: str
    size: str
    density: str
    channel: str
    metric: str
    value: float


COLUMNS = tuple(field.name for field in fields(Record))

"""What is wrong with a sensor: groups of defects, as typed data that scenarios and presets hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from isp.defects import DefectKind
from isp.population.amounts import Amount, Model, Spread
from isp.population.laws import Law, Uniform

Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt]
Size = PositiveInt | tuple[PositiveInt, PositiveInt] | Literal["full"]


class Excess(Model):
    """Signal added to the scene's: hot and warm pixels, partially stuck ones (an offset).

    ``excess`` in electrons per second follows exposure and temperature; a share of the pixels has an
    ``offset`` beside it that follows neither (over 40 % of hot pixels: Chapman, Koren et al., DFT 2022).
    """

    kind: Literal["hot", "warm", "partially_stuck"]
    excess: Amount
    offset: Amount | None = None
    offset_share: Share = 0.4
    polarity: Literal["positive", "negative", "both"] = "positive"
    shot_noise: Annotated[bool | None, Field(description="default: for hot and warm")] = None
    reference_c: float = 20.0
    doubling_c: PositiveFloat = 7.0

    @property
    def has_shot_noise(self) -> bool:
        """Whether the excess is charge, with shot noise of its own."""
        return self.kind != "partially_stuck" if self.shot_noise is None else self.shot_noise


class Stuck(Model):
    """A value that does not follow the light: dead, stuck at a rail or at a code.

    Levels: ``dn`` is a code of the file; ``off_rail_percent`` counts from white for ``stuck_high``,
    from black for ``stuck_low`` and ``dead``, from either for ``stuck``; ``range_percent`` is a share
    of white − black; ``signal_percent`` is off the cluster's mean scene level by so much, up or down.
    """

    kind: Literal["stuck", "stuck_high", "stuck_low", "dead"]
    level: Amount = Amount(off_rail_percent=0.0)

    @field_validator("level")
    @classmethod
    def _is_level(cls, level: Amount) -> Amount:
        known = ("dn", "range_percent", "signal_percent", "off_rail_percent")
        if level.unit not in known:
            raise ValueError(f"a level is given in {', '.join(known)}; got {level.unit}")
        return level


class Response(Model):
    """A wrong response to light: (DN − black) times a factor; half-shielded focus pixels too."""

    kind: Literal["low_response", "high_response", "phase_detect"]
    response_percent: Spread
    across: Literal["cluster", "pixel", "smooth"] = "pixel"


class Noisy(Model):
    """Temporal noise on top of the sensor's."""

    kind: Literal["noisy"]
    noise: Amount = Field(description="standard deviation; signal_percent and e_s are allowed")


class Blinking(Model):
    """Random telegraph signal: traps that switch on and off from frame to frame.

    ``dark_current``: each active trap adds dark current (scales with exposure and temperature).
    ``source_follower``: each trap shifts the amplifier between the two samples of correlated double
    sampling, so that its level is −1, 0 or +1 amplitudes and does not scale with exposure.
    Reference: V. Goiffon et al., *Evidence of a novel source of random telegraph signal in CMOS image
    sensors*, IEEE Electron Device Letters 32 (2011).
    """

    kind: Literal["blinking"]
    source: Literal["dark_current", "source_follower"] = "dark_current"
    amplitude: Amount
    traps: PositiveInt = 1
    on_hz: Annotated[PositiveFloat, Field(description="rate of switching on")] = 1.0
    off_hz: Annotated[PositiveFloat, Field(description="rate of switching off")] = 1.0
    cds_s: Annotated[PositiveFloat, Field(description="time between the two samples")] = 5e-6
    reference_c: float = 20.0
    doubling_c: PositiveFloat = 7.0

    @property
    def duty(self) -> float:
        """Share of the time in which a trap is active."""
        return self.on_hz / (self.on_hz + self.off_hz)

    @model_validator(mode="after")
    def _amplifiers_hold_no_current(self) -> Blinking:
        if self.source == "source_follower" and self.amplitude.unit == "e_s":
            raise ValueError("source-follower noise does not grow with exposure: give e or dn")
        return self


Damage = Annotated[Excess | Stuck | Response | Noisy | Blinking, Field(discriminator="kind")]


class ShapeChoice(BaseModel):
    """A shape stage and its parameters: ``square``, or ``{name: couplet, orientation: diagonal}``."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @property
    def params(self) -> dict[str, Any]:
        """The shape's parameters."""
        return dict(self.model_extra or {})


class Group(Model):
    """Clusters of one sort.

    Parameters
    ----------
    damage : Damage or list of Damage
        What is wrong; of several one is drawn for each cluster.
    count, rate_ppm : int or [lowest, highest]; float
        Number of clusters: given, drawn evenly from a range, or drawn by Poisson's law from clusters
        per million pixels of the active area. Not needed with ``positions``.
    shape : str or ShapeChoice
        A stage of kind ``shape``.
    size_px : int, [lowest, highest] or ``full``
        Side of the box that the shape is asked to fill; ``full``: the active area (such clusters may
        cross others, whose pixels they leave to them).
    density : float
        Share of the shape's pixels that are defective, drawn pixel by pixel; at least one is.
    halo_percent : float
        What couples into each of the four neighbours of a defect (inter-pixel capacitance, blooming).
    positions : list of (row, col)
        Top-left corners in the raw frame, one cluster each.
    law : Law
        Where clusters fall.
    border_px : int or ``size``
        Distance kept from the edges of the active area; ``size``: the cluster's own side.
    separation_px : int
        Good pixels between this group's clusters and all others.
    label : str, optional
        Kind written to the truth map instead of the damage's (``column`` for a column fault).
    """

    damage: Annotated[tuple[Damage, ...], Field(min_length=1)]
    count: Count | None = None
    rate_ppm: NonNegativeFloat | None = None
    shape: ShapeChoice = ShapeChoice(name="single")
    size_px: Size = 1
    density: Annotated[float, Field(gt=0, le=1)] = 1.0
    halo_percent: Percent = 0.0
    positions: tuple[tuple[NonNegativeInt, NonNegativeInt], ...] = ()
    law: Law = Uniform()
    border_px: NonNegativeInt | Literal["size"] = 0
    separation_px: NonNegativeInt = 0
    label: str | None = None

    @field_validator("damage", mode="before")
    @classmethod
    def _listed(cls, damage: Any) -> Any:
        return damage if isinstance(damage, list | tuple) else (damage,)

    @field_validator("label")
    @classmethod
    def _known_label(cls, label: str | None) -> str | None:
        return None if label is None else DefectKind.parse(label).label

    @field_validator("count", "size_px")
    @classmethod
    def _ordered(cls, value: Any) -> Any:
        if isinstance(value, tuple) and value[0] > value[1]:
            raise ValueError(f"a range is [lowest, highest]; got {list(value)}")
        return value

    @model_validator(mode="after")
    def _one_number(self) -> Group:
        given = (self.count is not None, self.rate_ppm is not None, bool(self.positions))
        if sum(given) != 1:
            raise ValueError("give exactly one of count, rate_ppm and positions")
        return self

"""The scenario's models: every key, its type, unit and default."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from isp.cfa import Cfa
from isp.pipeline import DEFAULT
from isp.population.model import Population
from isp.settings import EXPOSURE_S, GAIN, TEMPERATURE_C

Task = Literal["run", "simulate", "detect", "correct", "develop", "compare"]
MapVariant = Literal["truth", "detected", "wrong10"]
StageEntry = str | dict[str, dict[str, Any] | None]


_SIZE = r"^\d+[xX]\d+$"


def _within(low: float, high: float, unit: str = "") -> AfterValidator:
    """A check of a number, or of both ends of a range."""

    def check(value: Any) -> Any:
        ends = value if isinstance(value, tuple) else (value,)
        if not all(one is None or low <= one <= high for one in ends):
            raise ValueError(f"must be from {low:g} to {high:g}{unit}")
        return value

    return AfterValidator(check)


_INTERVAL = _within(1e-9, 1e9, " s")
_LEVEL = _within(-65535, 65535, " DN")
_EXPOSURE, _TEMPERATURE = _within(*EXPOSURE_S, " s"), _within(*TEMPERATURE_C, " °C")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SceneSpec(_Strict):
    """A synthetic scene in place of a file."""

    width: Annotated[int, Field(ge=16, le=65535, description="pixels")] = 768
    height: Annotated[int, Field(ge=16, le=65535, description="pixels")] = 512
    exposure_s: Annotated[float | None, Field(description="seconds"), _EXPOSURE] = None
    temperature_c: Annotated[float | None, Field(description="°C"), _TEMPERATURE] = None
    gain: Annotated[float, Field(description="analogue gain, 1 = base ISO"), _within(*GAIN)] = 1.0


class InputSpec(_Strict):
    """What goes in: files, or a synthetic scene."""

    files: list[str] = []
    scene: SceneSpec | None = None
    cfa: Annotated[str | None, Field(description="CFA of headerless input, RGGB ...")] = None
    size: Annotated[
        str | None, Field(description="width x height", json_schema_extra={"pattern": _SIZE})
    ] = None
    bits: Annotated[int | None, Field(ge=8, le=16, description="bits of a code")] = None
    black_dn: Annotated[float | None, Field(description="black level, DN"), _LEVEL] = None
    white_dn: Annotated[float | None, Field(description="white level, DN"), _LEVEL] = None
    photograph: Annotated[
        Literal["plain", "unprocessed"], Field(description="how photographs become mosaics")
    ] = "plain"

    @model_validator(mode="after")
    def _one_source(self) -> InputSpec:
        if self.files and self.scene is not None:
            raise ValueError("give either files or a scene, not both")
        described = (self.cfa, self.size, self.bits, self.black_dn, self.white_dn)
        if self.scene is not None and any(one is not None for one in described):
            raise ValueError(
                "size, cfa, bits, black and white describe files; a scene has a width and a height"
                " (scene:WIDTHxHEIGHT), and the rest from its sensor"
            )
        return self

    @model_validator(mode="after")
    def _ordered(self) -> InputSpec:
        black, white = self.black_dn, self.white_dn
        if black is not None and white is not None and not black < white:
            raise ValueError(f"black_dn must be below white_dn; got {black:g} and {white:g}")
        return self

    @field_validator("size")
    @classmethod
    def _two_numbers(cls, size: str | None) -> str | None:
        if size is not None and not re.match(_SIZE, size):
            raise ValueError("a size is WIDTHxHEIGHT in pixels, such as 1920x1080")
        return size

    @field_validator("cfa")
    @classmethod
    def _known_cfa(cls, name: str | None) -> str | None:
        if name is not None:
            Cfa.parse(name)  # raises a sentence
        return name


class DefectsSpec(_Strict):
    """The damage: a protocol, a population, the sensor's own, or none."""

    protocol: Annotated[
        str | None, Field(description="dynamic, dynamic/density_1.0, small ...")
    ] = None
    variant: Annotated[str | None, Field(description="a variant of the protocol")] = None
    population: Annotated[Population | None, Field(description="groups of defects")] = None
    sensor: Annotated[bool, Field(description="the population of the scenario's sensor")] = False
    map: Annotated[
        str | None, Field(description="a defect map that the input has; nothing is injected")
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _variant_apart(cls, data: Any) -> Any:
        """Take ``protocol/variant`` in one word, as the command line and Python do."""
        protocol = data.get("protocol") if isinstance(data, dict) else None
        if not isinstance(protocol, str) or "/" not in protocol:
            return data
        if data.get("variant"):
            raise ValueError("the variant stands behind the protocol and as variant; give it once")
        name, _, variant = protocol.partition("/")
        return {**data, "protocol": name, "variant": variant}

    @model_validator(mode="after")
    def _one_damage(self) -> DefectsSpec:
        given = [self.protocol, self.population, self.sensor, self.map]
        if sum(map(bool, given)) != 1:
            raise ValueError("give one of protocol, population, sensor: true, map")
        if self.variant and not self.protocol:
            raise ValueError("variant goes with protocol")
        return self


class DetectSpec(_Strict):
    """How defects are found."""

    method: StageEntry = "dynamic"
    dark: list[str] = []
    flat: list[str] = []
    least: Annotated[
        int | None,
        Field(ge=1, description="scene frames that must agree; more than half where not given"),
    ] = None


class SequenceSpec(_Strict):
    """Frames of one sensor in place of one: each setting constant, or from a first to a last value."""

    frames: Annotated[int, Field(ge=1, le=100_000, description="frames")]
    exposure_s: Annotated[
        float | tuple[float, float] | None,
        Field(description="seconds; first, last: equal factors"),
        _EXPOSURE,
    ] = None
    temperature_c: Annotated[
        float | tuple[float, float] | None,
        Field(description="°C; first, last: equal steps"),
        _TEMPERATURE,
    ] = None
    interval_s: Annotated[float, Field(description="seconds from frame to frame"), _INTERVAL] = 1.0


class CompareSpec(_Strict):
    """What a comparison adds."""

    crops: Annotated[int, Field(ge=0, le=1000, description="crops an input; 0: whole frames")] = 4
    crop_size: Annotated[int, Field(ge=32, le=4096, description="pixels")] = 256
    repeats: Annotated[int, Field(ge=1, le=100, description="draws of damage a crop")] = 1
    maps: list[MapVariant] = ["truth"]
    demosaic: Annotated[
        str | None, Field(description="opencv_ea where not given, by_cfa where that cannot")
    ] = None
    capacity: Annotated[
        int | None, Field(ge=0, description="entries of the defect table of a crop; all fit")
    ] = None
    dilate_px: Annotated[int, Field(ge=0, le=64, description="pixels that maps are grown by")] = 0


class Scenario(_Strict):
    """One reproducible run."""

    version: Literal[1]
    task: Task = "run"
    seed: Annotated[int, Field(ge=0)] = 0
    stages: Annotated[list[str], Field(description="Python files with stages of your own")] = []
    input: InputSpec
    output: Annotated[str | None, Field(description="file of a task with one output")] = None
    sensor: Annotated[str | None, Field(description="a preset's name or a YAML file")] = None
    defects: DefectsSpec | None = None
    sequence: SequenceSpec | None = None
    detect: DetectSpec | None = None
    pipeline: list[StageEntry] = list(DEFAULT)
    correctors: list[StageEntry] = []
    compare: CompareSpec = CompareSpec()

    @model_validator(mode="after")
    def _has_input(self) -> Scenario:
        spec = self.detect if self.task == "detect" else None  # darks are no input of other tasks
        frames = spec is not None and (spec.dark or spec.flat)
        if not (self.input.files or self.input.scene or frames):
            raise ValueError("input: give files or a scene")
        if self.sequence is not None and self.task != "simulate":
            raise ValueError(f"sequence goes with task simulate, not {self.task}")
        return self

"""Parameters that stages share are parameters like any other."""

from __future__ import annotations

import pytest
from pydantic import Field

from isp.bound import Stage
from isp.errors import StageError
from isp.params import ParameterSet, arguments, parameter_model, path_parameters, validate
from isp.registry import StageInfo, info, stage


class Place(ParameterSet):
    """Where it runs.

    Parameters
    ----------
    where, times
        Where, and how often.
    """

    where: str = Field(default="here", description="a place")
    times: int = Field(default=1, gt=0, description="how often")


class Elsewhere(Place):
    """The same elsewhere."""

    where: str = Field(default="there", description="a place")


@stage("shape", reference="test")
def made(first: int, *, strength: float = 0.5, place: Elsewhere) -> tuple[int, float, str, int]:
    """Made for a test."""
    return first, strength, place.where, place.times


INFO: StageInfo = made.__stage__  # type: ignore[attr-defined]


def test_fields_of_a_set_are_parameters_of_the_stage() -> None:
    properties = parameter_model(INFO).model_json_schema()["properties"]
    assert list(properties) == ["strength", "where", "times"]
    assert properties["times"]["exclusiveMinimum"] == 0
    assert properties["where"]["default"] == "there"
    assert properties["where"]["description"] == "a place"
    params = validate(INFO, {"times": 3})
    assert params == {"strength": 0.5, "where": "there", "times": 3}
    assert arguments(INFO, params) == {"strength": 0.5, "place": Elsewhere(times=3)}
    assert Stage(INFO, params)(7) == (7, 0.5, "there", 3)
    assert Stage(INFO, params).label == "made(strength=0.5, where=there, times=3)"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"times": 0}, "Stage 'made', parameter 'times': Input should be greater than 0; got 0"),
        ({"tmies": 2}, "no parameter 'tmies'. Did you mean 'times'"),
        ({"place": 2}, "no parameter 'place'"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_of_the_stage(
    given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(StageError) as error:
        validate(INFO, given)
    assert sentence in str(error.value)
    assert "Elsewhere" not in str(error.value)


def test_one_stages_default_is_not_anothers() -> None:
    assert parameter_model(INFO).model_fields["where"].default == "there"
    assert Place().where == "here"


def test_parameters_that_are_paths_are_known() -> None:
    assert path_parameters(info("cluster_nano")) == ["weights"]
    assert set(path_parameters(info("cluster_blind"))) == {"finder", "weights"}
    assert path_parameters(info("fsr")) == []

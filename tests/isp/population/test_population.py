"""The population's models: what they accept and how they refuse."""

import pytest

import isp
from isp.population.model import Population


def refused(groups):
    with pytest.raises(isp.IspError) as caught:
        isp.stage("clusters", population=groups)
    return str(caught.value)


def test_wrong_keys_and_values_are_named():
    hot = {"kind": "hot", "excess": {"dn": 5}}
    assert "groups.0.sise_px" in refused([{"count": 1, "sise_px": 3, "damage": hot}])
    assert "does not match any" in refused([{"count": 1, "damage": {"kind": "hott"}}])
    assert "exactly one of count, rate_ppm and positions" in refused([{"damage": hot}])
    assert "lowest, highest" in refused([{"count": [3, 1], "damage": hot}])
    two = {"kind": "hot", "excess": {"dn": 5, "e": 3}}
    assert "exactly one of dn" in refused([{"count": 1, "damage": two}])
    assert "a level is given in" in refused(
        [{"count": 1, "damage": {"kind": "stuck", "level": {"sigma": 5}}}]
    )
    assert "does not grow with exposure" in refused(
        [
            {
                "count": 1,
                "damage": {
                    "kind": "blinking",
                    "source": "source_follower",
                    "amplitude": {"e_s": 3},
                },
            }
        ]
    )
    assert "Unknown defect kind" in refused([{"count": 1, "label": "x", "damage": hot}])
    assert "no sensor grade" in refused({"grade": "z"})


def test_neither_or_both_of_population_and_protocol_are_refused():
    import numpy as np

    frame = isp.RawFrame.of(np.zeros((8, 8), np.uint16), "RGGB")
    for params in ({}, {"population": [], "protocol": "fixed"}):
        with pytest.raises(isp.IspError, match="either a population or"):
            isp.stage("clusters", **params)(frame, 0)


def test_a_population_survives_its_own_dump():
    population = Population.model_validate({"grade": "camelia_e", "groups": []})
    again = Population.model_validate(population.model_dump(mode="json"))
    assert again == population
    assert Population.model_json_schema()["title"] == "Population"

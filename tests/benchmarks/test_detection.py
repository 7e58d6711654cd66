"""The detection benchmark: thresholds that opponents are given."""

from __future__ import annotations

import pytest

from benchmarks import detection_shots
from benchmarks.detection_shots import LEVELS, heading, strictest


@pytest.mark.parametrize(
    ("factor", "told"),
    [
        (0.1, "median8 at 0.02 (5.0 false/MP)"),
        (1.0, "median8 at 0.2 (5.0 false/MP)"),
        (9.0, "median8 at 0.8 (11.2 false/MP: no threshold has few enough)"),
    ],
)
def test_a_block_that_never_alters_few_enough_is_marked(
    factor: float, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detection_shots, "false_per_mp", lambda *_, threshold: factor / threshold)
    params, false = strictest("median8", [])
    assert params["threshold"] in LEVELS
    assert heading("median8", params, false) == told


def test_a_stage_without_a_threshold_is_not_marked() -> None:
    assert heading("clamp", {}, 70.0) == "clamp (70.0 false/MP)"

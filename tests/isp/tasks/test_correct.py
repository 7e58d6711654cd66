"""What a correction says of itself."""

import numpy as np
import pytest

import isp
from isp.bound import Stage
from isp.defects import DefectMap
from isp.registry import stage
from isp.scenario.load import build
from isp.tasks import correct as task

SHAPE = (24, 30)
CORNER = 4  # side of a block that is marked


@stage("blind", reference="test: marks a corner, and repairs its first row alone")
def corner(frame):
    """Mark a block, repair a row of it."""
    mosaic = frame.mosaic.copy()
    mosaic[0, :CORNER] += 1
    rows, cols = np.mgrid[:CORNER, :CORNER]
    found = DefectMap.for_frame(rows.ravel(), cols.ravel(), frame)
    return frame.with_mosaic(mosaic, "corner"), found


@pytest.fixture
def done(tmp_path):
    np.save(tmp_path / "f.npy", np.full(SHAPE, 500, np.uint16))
    np.save(tmp_path / "all.npy", np.ones(SHAPE, bool))

    def run(entry, with_map):
        given = {"defects": {"map": str(tmp_path / "all.npy")}} if with_map else {}
        source = {"files": [str(tmp_path / "f.npy")], "cfa": "RGGB", "bits": 12}
        scenario = build({"task": "correct", "input": source, "correctors": [entry], **given})
        return task.correct(scenario, tmp_path / "out.npy")

    return run


def counts(result):
    return [result.get(key) for key in ("marked", "changed", "unrepaired")]


def test_a_map_of_which_nothing_could_be_repaired(done):
    assert counts(done("masked_median", with_map=True)) == [
        SHAPE[0] * SHAPE[1],
        0,
        SHAPE[0] * SHAPE[1],
    ]


def test_a_blind_stage_is_taken_by_what_it_changed(done, monkeypatch):
    monkeypatch.setattr(task, "bound_entry", lambda _: Stage(corner.__stage__, {}))
    assert counts(done("cluster_blind", with_map=False)) == [CORNER**2, CORNER, CORNER**2 - CORNER]


@pytest.mark.parametrize("names", [[], ["median8", "clamp"]])
def test_one_corrector_is_asked_for(names, tmp_path):
    scenario = build({"task": "correct", "input": {"files": ["f.npy"]}, "correctors": names})
    with pytest.raises(isp.IspError, match=rf"takes one corrector; .* has {len(names)}\."):
        task.correct(scenario, tmp_path / "out.npy")


@pytest.mark.parametrize("name", ["median8", "plane_median"])
def test_a_map_that_would_not_be_looked_at_is_refused(done, name):
    with pytest.raises(isp.IspError, match="takes no defect map"):
        done(name, with_map=True)
    assert done(name, with_map=False)["changed"] == 0

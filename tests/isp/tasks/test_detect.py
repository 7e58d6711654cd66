"""Which frames a detection looks at."""

import numpy as np
import pytest

import isp
from isp.bound import Stage
from isp.registry import stage
from isp.scenario.load import build
from isp.tasks import detect as task

SCENE = {"scene": {"width": 48, "height": 32}}


@pytest.fixture
def dark(tmp_path):
    codes = np.full((32, 48), 64, np.uint16)
    isp.write(tmp_path / "dark.dng", isp.RawFrame.of(codes, "RGGB", black_dn=64, white_dn=1023))
    return str(tmp_path / "dark.dng")


def found(tmp_path, method, source=SCENE, **more):
    spec = {"task": "detect", "input": source, "detect": {"method": method, **more}}
    task.detect(build(spec), tmp_path / "found.csv")
    return isp.read_map(tmp_path / "found.csv")


def test_a_scene_in_place_of_files_is_looked_at(tmp_path):
    assert found(tmp_path, "dynamic").shape == (32, 48)


@pytest.mark.parametrize(("source", "scenes"), [(SCENE, 1), ({"files": []}, 0)])
def test_a_scene_goes_to_the_detector_with_the_darks(source, scenes, dark, tmp_path, monkeypatch):
    seen = []

    @stage("detector", reference="test: keeps what it gets")
    def keeper(frames):
        """Mark nothing."""
        seen.append(frames)
        return isp.DefectMap.empty(frames.dark[0])

    bound = Stage(keeper.__stage__, {})
    monkeypatch.setattr(task, "bound_entry", lambda _: bound)
    found(tmp_path, "dynamic", source, dark=[dark])
    assert (len(seen[0].scene), len(seen[0].dark)) == (scenes, 1)


@pytest.mark.parametrize(
    ("method", "source", "overlooked"),
    [
        (
            "calibration",
            SCENE,
            ["'calibration' goes by dark and flat frames; it did not look at 1"],
        ),
        ("calibration", {"files": []}, []),
        ("dynamic", SCENE, ["'dynamic' goes by scene frames; it did not look at 1 of kind dark."]),
        ("dynamic", {"files": []}, []),  # no scene: it judges the dark
    ],
)
def test_frames_that_a_method_does_not_look_at_are_named(
    method, source, overlooked, dark, tmp_path
):
    spec = {"task": "detect", "input": source, "detect": {"method": method, "dark": [dark]}}
    said = task.detect(build(spec), tmp_path / "found.csv")["notes"]
    assert len(said) == len(overlooked)
    assert all(a.startswith(b) for a, b in zip(said, overlooked, strict=True))

"""`isp run`: its inputs, its seed, the folder it writes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import isp
from isp.cli import app
from isp.comparison import contestants
from isp.comparison import run as comparison
from isp.registry import load_sensor


def call(*arguments, code=0):
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def scene(seed=1, shape=(96, 96)):
    """A frame of the synthetic scene from a sensor without defects."""
    sensor, rng = load_sensor("phone"), np.random.default_rng(seed)
    return sensor.expose_with_reference(sensor.scene(shape, rng), rng)[0]


COMPARE = (
    *("compare", "--stages", "masked_median", "--crops", 1, "--crop-size", 64),
    *("--protocol", "dynamic/density_1.0"),
)


@pytest.fixture
def twins(tmp_path):
    """Two frames of one name in two folders."""
    for seed, name in enumerate(("x", "y")):
        isp.write(tmp_path / name / "d.dng", scene(seed))
    return tmp_path


def test_inputs_of_one_name_get_a_folder_each(twins):
    (twins / "my.yaml").write_text(
        "version: 1\ninput: {files: [x/d.dng, y/d.dng]}\n"
        "defects: {protocol: dynamic, variant: density_1.0}\n"
        "correctors: [masked_median]\n"
    )
    call("run", twins / "my.yaml", "-o", twins / "out")
    first, second = (twins / "out" / name / "density_1.0" for name in ("d", "d-2"))
    for name in ("clean.png", "damaged.dng", "corrected_masked_median.dng"):
        assert (first / name).read_bytes() != (second / name).read_bytes()
    timings = json.loads((twins / "out" / "timings.json").read_text())["timings"]
    assert {(one["input"], one["folder"]) for one in timings} == {
        ("x/d.dng", "d/density_1.0"),
        ("y/d.dng", "d-2/density_1.0"),
    }


def test_the_scenario_of_a_comparison_of_relative_paths_repeats_its_figures(twins, monkeypatch):
    monkeypatch.chdir(twins)
    call(*COMPARE, "x/d.dng", "y/d.dng", "-o", "first")
    call("run", "first/scenario.yaml", "-o", "again")
    first, again = (twins / folder / "metrics.csv" for folder in ("first", "again"))
    assert first.read_bytes() == again.read_bytes()


def test_a_folder_that_is_moved_with_its_inputs_runs_again(twins, monkeypatch):
    monkeypatch.chdir(twins)
    call(*COMPARE, "x/d.dng", "y/d.dng", "-o", "first", "--force")
    call("correct", "x/d.dng", "--stage", "median8", "-o", "x/fixed.npy")
    (twins / "x").rename(twins / "moved")
    call("run", "moved/fixed.npy.scenario.yaml", "-o", "again")
    assert (twins / "again" / "fixed.npy").read_bytes() == (
        twins / "moved" / "fixed.npy"
    ).read_bytes()
    saved = (twins / "first" / "scenario.yaml").read_text()
    assert f"- {twins / 'y' / 'd.dng'}" in saved  # elsewhere: stays where it was


def test_an_input_that_is_a_link_goes_by_the_links_name(twins, monkeypatch):
    monkeypatch.chdir(twins)
    (twins / "link.dng").symlink_to(twins / "x" / "d.dng")
    call(*COMPARE, "link.dng", "-o", "first")
    call("run", "first/scenario.yaml", "link.dng", "-o", "again")
    first, again = (twins / folder / "metrics.csv" for folder in ("first", "again"))
    assert first.read_bytes() == again.read_bytes()


def test_inputs_of_one_name_with_a_map_get_a_folder_each(twins):
    np.save(twins / "map.npy", np.eye(*isp.read(twins / "x" / "d.dng").shape, dtype=bool))
    (twins / "my.yaml").write_text(
        "version: 1\ninput: {files: [x/d.dng, y/d.dng]}\ndefects: {map: map.npy}\n"
        "correctors: [masked_median]\n"
    )
    call("run", twins / "my.yaml", "-o", twins / "out")
    for folder, source in (("d", "x"), ("d-2", "y")):
        written = isp.read(twins / "out" / folder / "damaged.dng").mosaic
        assert np.array_equal(written, isp.read(twins / source / "d.dng").mosaic)


MAPS = {
    "{maps: [truth]}": "dynamic",  # and the defect that the frame has already
    "{maps: [wrong10, truth]}": "dynamic",
    "{maps: [detected]}": "median8",  # a block that repairs what it finds
    "{maps: [truth], dilate_px: 1, capacity: 90}": "dynamic",
}


@pytest.mark.parametrize(("maps", "method"), MAPS.items())
def test_frames_are_corrected_with_the_map_of_the_report(maps, method, tmp_path, monkeypatch):
    frame = scene(shape=(104, 100))
    mosaic = frame.mosaic.copy()
    mosaic[50, 60] = frame.levels.white.max()
    area = isp.Area(6, 4, 96, 96)
    isp.write(tmp_path / "d.dng", isp.RawFrame(mosaic, replace(frame.meta, active_area=area)))
    (tmp_path / "my.yaml").write_text(
        f"version: 1\ninput: {{files: [d.dng]}}\ndetect: {{method: {method}}}\ncompare: {maps}\n"
        "defects: {protocol: small, variant: single}\ncorrectors: [masked_median]\n"
    )
    given = []

    def correct(one, damaged, defects):
        given.append(defects)
        return contestants.correct(one, damaged, defects)

    monkeypatch.setattr(comparison, "correct", correct)
    call("run", tmp_path / "my.yaml", "-o", tmp_path / "out")
    used = isp.read_map(tmp_path / "out" / "d" / "single" / "map.csv")
    expected = given[-1] if "capacity" in maps else given[0]
    assert len(used) and np.array_equal(used.rows, expected.rows + area.top)
    assert np.array_equal(used.cols, expected.cols + area.left)


WAYS = {
    "protocol: dynamic, variant: density_1.0": "density_1.0",  # damaged as in a comparison
    "map: map.npy": "",  # as they are
}


def listed(said):
    """What failed: the input's file name, and the stage."""
    return [(Path(one["input"]).name, one["stage"]) for one in json.loads(said.stdout)["failures"]]


@pytest.mark.parametrize(("damage", "way"), WAYS.items())
def test_an_input_that_cannot_be_read_is_listed_and_stops_no_other(damage, way, twins):
    (twins / "bad.dng").write_bytes(b"nothing")
    np.save(twins / "map.npy", np.ones((96, 96), bool) ^ np.eye(96, dtype=bool))
    text = f"version: 1\ndefects: {{{damage}}}\ncorrectors: [masked_median]\ninput: "
    (twins / "good.yaml").write_text(text + "{files: [x/d.dng, y/d.dng]}\n")
    (twins / "some.yaml").write_text(text + "{files: [x/d.dng, bad.dng, y/d.dng]}\n")
    (twins / "none.yaml").write_text(text + "{files: [bad.dng]}\n")
    call("run", twins / "good.yaml", "-o", twins / "good")
    said = call("run", twins / "some.yaml", "-o", twins / "some", "--json", code=1)
    assert listed(said) == [("bad.dng", "")]
    assert (twins / "some" / "scenario.yaml").is_file() and not (twins / "some" / "bad").exists()
    for name in ("damaged.dng", "masked_median.png", "corrected_masked_median.dng"):
        for home in ("d", "d-2"):
            first, second = (twins / out / home / way / name for out in ("good", "some"))
            assert first.read_bytes() == second.read_bytes()
    said = call("run", twins / "some.yaml", "-o", twins / "told", code=1).stdout.splitlines()
    assert [line.startswith("failed: ") and "bad.dng" in line for line in said].count(True) == 1
    said = call("run", twins / "none.yaml", "-o", twins / "none", code=1).stderr
    assert "the first: " in said and "bad.dng" in said and not (twins / "none").exists()


@pytest.mark.parametrize(("damage", "way"), WAYS.items())
def test_a_corrector_that_cannot_take_an_input_is_listed_and_stops_nothing(damage, way, tmp_path):
    codes = np.random.default_rng(0).integers(200, 3000, (96, 96), np.uint16)
    for name, cfa in (("quad", "QUAD_RGGB"), ("bayer", "RGGB")):
        isp.write(tmp_path / f"{name}.dng", isp.RawFrame.of(codes, cfa, black_dn=64, white_dn=4095))
    np.save(tmp_path / "map.npy", np.ones((96, 96), bool) ^ np.eye(96, dtype=bool))
    (tmp_path / "my.yaml").write_text(
        f"version: 1\ninput: {{files: [quad.dng, bayer.dng]}}\ndefects: {{{damage}}}\n"
        "correctors: [harmonic, masked_median]\n"
    )
    said = call("run", tmp_path / "my.yaml", "-o", tmp_path / "out", "--json", code=1)
    assert listed(said) == [("quad.dng", "harmonic")]
    there = {
        name: {path.name for path in (tmp_path / "out" / name / way).glob("*.png")}
        for name in ("quad", "bayer")
    }
    assert there["bayer"] - there["quad"] == {"harmonic.png"}
    assert {"damaged.png", "masked_median.png"} <= there["quad"]


@pytest.mark.parametrize("there", ["metrics.csv", "timings.json", "d/density_1.0/clean.png", ""])
def test_outputs_are_looked_at_before_the_work(tmp_path, there):
    out = tmp_path / "out"
    (out / there).parent.mkdir(parents=True, exist_ok=True)
    (out / there).write_text("mine")
    (tmp_path / "my.yaml").write_text(
        "version: 1\ninput: {files: [d.dng]}\n"  # which is not there, and not opened
        "defects: {protocol: dynamic, variant: density_1.0}\ncorrectors: [masked_median]\n"
    )
    said = call("run", tmp_path / "my.yaml", "-o", out, code=1).stderr
    assert f"out/{there}".rstrip("/") in said
    assert ("already exists" if there else "is a file") in said
    assert (out / there).read_text() == "mine"


@pytest.mark.parametrize(
    ("damage", "pipeline", "corrector", "words"),
    [
        ("protocol: fixed", "[gamma, inject, correct]", "fsr", ["line 4", "'gamma' takes a rgb"]),
        ("protocol: fixed", "[inject, correct]", "rgb_median", ["'rgb_median' works on pictures"]),
        ("map: map.csv", "[correct]", "rgb_median", ["'rgb_median' works on pictures"]),
        ("protocol: fixed", "[inject, by_cfa]", "fsr", ["no place for 'fsr'", "put 'correct'"]),
        ("map: map.csv", "[correct, by_cfa]", "malvar", ["'by_cfa' takes a raw frame"]),
    ],
)
def test_a_pipeline_that_does_not_fit_is_said_before_the_work(
    damage, pipeline, corrector, words, tmp_path
):
    (tmp_path / "my.yaml").write_text(
        "version: 1\ninput: {files: [d.dng]}\n"  # which is not there, and not opened
        f"defects: {{{damage}}}\npipeline: {pipeline}\ncorrectors: [{corrector}]\n"
    )
    said = call("run", tmp_path / "my.yaml", "-o", tmp_path / "out", code=1).stderr
    assert all(word in said for word in words), said
    assert "d.dng" not in said and not (tmp_path / "out").exists()


SCENARIO = """
version: 1
task: develop
output: x.png
seed: 3
input: {input}
"""


@pytest.mark.parametrize("own", ["scene: {width: 70, height: 50}", "files: [none.dng], cfa: RGGB"])
def test_inputs_go_in_place_of_a_scene_and_of_files(own, tmp_path, monkeypatch):
    shot = tmp_path / "it's.npy"
    np.save(shot, scene().mosaic)
    (tmp_path / "my.yaml").write_text(SCENARIO.replace("{input}", "{" + own + "}"))
    monkeypatch.chdir(tmp_path)
    call("run", "my.yaml", shot.name, "--cfa", "RGGB", "-o", "file")
    assert isp.read_photograph(tmp_path / "file" / "x.png").shape == (*scene().shape, 3)
    call("run", "my.yaml", "scene:80x64", "-o", "scene")
    assert isp.read_photograph(tmp_path / "scene" / "x.png").shape == (64, 80, 3)


@pytest.mark.parametrize(("options", "seed"), [([], 3), (["--seed", 0], 0), (["--seed", 7], 7)])
def test_a_given_seed_goes_in_place_of_the_scenarios(options, seed, tmp_path):
    own = "{scene: {width: 64, height: 48}}"
    (tmp_path / "my.yaml").write_text(SCENARIO.replace("{input}", own))
    call("run", tmp_path / "my.yaml", *options, "-o", tmp_path / "out")
    assert f"seed: {seed}\n" in (tmp_path / "out" / "x.png.scenario.yaml").read_text()

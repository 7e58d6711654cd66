"""Sequences from the command line: simulated, mapped by a vote, corrected from their neighbours."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import isp
from isp.cli import app
from isp.defects import DefectKind, DefectMap
from isp.registry import load_sensor
from isp.scenario.load import build
from isp.tasks.sequence import simulate_sequence

SENSOR = """
groups:
- count: 300
  damage: {kind: hot, excess: {e_s: {median: 20000, sigma_log: 0.3}}, doubling_c: 5.0}
- count: 200
  damage: {kind: stuck, level: {range_percent: 90}}
- count: 300
  damage: {kind: blinking, amplitude: {e: 1500}, on_hz: 0.5, off_hz: 0.5, traps: 1}
"""


def call(*arguments, code=0):
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def sensor(tmp_path_factory):
    """A sensor of three sorts of defects, as a file."""
    import yaml

    from sensors import preset

    path = tmp_path_factory.mktemp("sensor") / "mine.yaml"
    data = yaml.safe_load((preset.FOLDER / "full_frame_24mp.yaml").read_text())
    data["population"]["value"] = yaml.safe_load(SENSOR)["groups"]
    path.write_text(yaml.safe_dump(data))
    return path


@pytest.fixture(scope="module")
def taken(sensor, tmp_path_factory):
    """Six frames of a scene; the folder and what the command said."""
    folder = tmp_path_factory.mktemp("sequence")
    said = call(
        *("simulate", "scene:240x160", "--sensor", sensor, "--seed", 4, "-o", folder / "s.dng"),
        *("--frames", 6, "--exposure-s", "0.01:0.02", "--temperature-c", "20:40"),
        *("--interval-s", 1.5, "--json"),
    )
    return folder, json.loads(said.stdout)


def test_each_frame_has_a_number_one_map_is_for_all(taken):
    folder, said = taken
    assert sorted(path.name for path in folder.iterdir()) == [
        *(f"s-{index:04d}.dng" for index in range(6)),
        "s.deviations.npy",
        "s.dng.scenario.yaml",
        "s.truth.csv",
    ]
    assert said["kinds"] == {"blinking": 300, "hot": 300, "stuck": 200}
    exposures = [isp.read(path).meta.exposure_s for path in said["frames"]]
    assert exposures == pytest.approx([0.01 * 2 ** (k / 5) for k in range(6)], rel=1e-3)


def test_deviations_follow_temperature_and_blinking(taken):
    folder, said = taken
    truth = isp.read_map(said["map"])
    deviations = np.load(said["deviations"])
    assert deviations.shape == (6, len(truth)) and deviations.dtype == np.float32
    worst = np.take_along_axis(deviations, np.abs(deviations).argmax(axis=0)[None], axis=0)[0]
    assert np.array_equal(truth.severity_dn, worst)
    frame = isp.read(folder / "s-0000.dng")
    hot = np.median(deviations[:, truth.kind == DefectKind.HOT], axis=1)
    free = (
        hot[0] > 20 and hot[2] < 0.2 * frame.levels.white.max()
    )  # far from the noise and the rail
    assert free and hot[2] / hot[0] == pytest.approx(2 ** (2 / 5) * 2 ** (8 / 5), rel=0.1)
    on = (
        deviations[:, truth.kind == DefectKind.BLINKING]
        > 0.5 * worst[truth.kind == DefectKind.BLINKING]
    )
    assert 0.3 < on.mean() < 0.75 and (on[1:] != on[:-1]).mean() > 0.2
    assert said["changing"] > 550


def test_the_saved_scenario_gives_the_same_frames(taken, tmp_path):
    folder, said = taken
    told = call("run", folder / "s.dng.scenario.yaml", "-o", tmp_path).stdout
    assert told == f"written: {tmp_path / 's-0000.dng'} ... s-0005.dng\n"
    for path in map(Path, said["frames"]):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    for name in ("s.truth.csv", "s.deviations.npy"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_a_file_keeps_its_pixels_but_for_the_defects(sensor, tmp_path):
    phone, rng = load_sensor("phone"), np.random.default_rng(1)
    frame = phone.expose_with_reference(phone.scene((160, 240), rng), rng)[0]
    isp.write(tmp_path / "clean.dng", frame)
    clean = isp.read(tmp_path / "clean.dng").mosaic
    said = call(
        *("simulate", tmp_path / "clean.dng", "--sensor", sensor, "--frames", 4, "--json"),
        *("--temperature-c", "-10:60", "-o", tmp_path / "d.dng"),
    )
    said = json.loads(said.stdout)
    truth, deviations = isp.read_map(said["map"]), np.load(said["deviations"])
    for path, deviation in zip(said["frames"], deviations, strict=True):
        damaged = isp.read(path).mosaic.astype(np.float32)
        difference = damaged - clean
        assert np.array_equal(difference[truth.rows, truth.cols], deviation)
        assert not difference[~truth.mask()].any()
    hot = np.median(deviations[:, truth.kind == DefectKind.HOT], axis=1)
    assert (np.diff(hot) > 0).all()


def test_several_files_give_a_frame_each(taken, tmp_path):
    _folder, said = taken
    frames = said["frames"][:3]
    call("simulate", *frames, "--sensor", "phone", "-o", tmp_path / "d.dng")
    truth = isp.read_map(tmp_path / "d.truth.csv")
    for index, source in enumerate(frames):
        changed = isp.read(tmp_path / f"d-{index:04d}.dng").mosaic != isp.read(source).mosaic
        assert not (changed & ~truth.mask()).any()
    result = call(
        *("simulate", *frames, "--frames", 2, "--sensor", "phone", "-o", tmp_path / "e.dng"), code=1
    )
    assert "takes one input or as many; got 3" in result.stderr


def test_a_sequence_is_written_in_the_memory_of_a_few_frames(tmp_path):
    def peak(frames):
        scenario = build(
            {
                "task": "simulate",
                "input": {"scene": {"width": 96, "height": 96}},
                "sensor": "machine_vision",
                "defects": {"sensor": True},
                "sequence": {"frames": frames},
            }
        )
        tracemalloc.start()
        simulate_sequence(scenario, tmp_path / f"{frames}.npy")
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(2)  # what is loaded once
    assert peak(60) < 2 * peak(6)  # ten times as many frames
    assert len(list(tmp_path.glob("60-*.npy"))) == 60


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--exposure-s", "0.1"], 2, "--frames"),
        (["--frames", "2", "--exposure-s", "0.1:x"], 2, "FIRST:LAST"),
        (["--frames", "2", "--temperature-c", "1:2:3"], 2, "FIRST:LAST"),
        (["--frames", "0"], 2, "--frames"),
        (["--frames", "2", "--exposure-s", "-1"], 2, "must be from 1e-09 to 100000 s"),
        (["--frames", "2", "--exposure-s", "1:1e300"], 2, "must be from 1e-09 to 100000 s"),
        (["--frames", "2", "--exposure-s", "nan"], 2, "must be from 1e-09 to 100000 s"),
        (["--frames", "2", "--temperature-c", "1e9"], 2, "must be from -100 to 150 °C"),
        (["--frames", "2", "--temperature-c", "-1e5"], 2, "must be from -100 to 150 °C"),
        (["--frames", "2", "--interval-s", "0"], 2, "must be from 1e-09 to 1e+09 s"),
        (["--frames", "2", "--interval-s", "nan"], 2, "must be from 1e-09 to 1e+09 s"),
        (["--set", "input.scene.exposure_s=1e300"], 2, "must be from 1e-09 to 100000 s"),
        (["--set", "input.scene.temperature_c=.nan"], 2, "must be from -100 to 150 °C"),
        (["--set", "input.scene.gain=.inf"], 2, "must be from 0.01 to 10000"),
    ],
)
def test_wrong_settings_are_refused(options, code, words, tmp_path):
    result = call(
        "simulate",
        "scene:64x64",
        "--sensor",
        "phone",
        "-o",
        tmp_path / "x.npy",
        *options,
        code=code,
    )
    assert words in result.stderr and "Internal" not in result.stderr
    assert not list(tmp_path.glob("*.npy"))


def test_nothing_is_written_where_a_frame_is_there(tmp_path):
    (tmp_path / "s-0001.npy").write_bytes(b"precious")
    line = ("simulate", "scene:64x64", "--sensor", "phone", "--frames", 3, "-o", tmp_path / "s.npy")
    result = call(*line, code=1)
    assert "s-0001.npy" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["s-0001.npy"]
    call(*line, "--force")
    assert len(list(tmp_path.glob("s-*.npy"))) == 3


def test_a_sequence_goes_with_simulate_only():
    with pytest.raises(isp.IspError, match="goes with task simulate"):
        build({"task": "develop", "input": {"files": ["x"]}, "sequence": {"frames": 2}})


def test_scenes_vote(tmp_path):
    """A pixel that is bad in each of three frames is found, others in one of them are not."""
    phone = load_sensor("phone")
    frames, rng = [], np.random.default_rng(3)
    fixed = [(40, 50), (61, 90), (80, 33)]
    passing = [[(20, 30)], [(25, 101)], [(99, 70)]]
    for number in range(3):
        frame = phone.expose_with_reference(np.full((120, 140, 3), 0.3, np.float32), rng)[0]
        mosaic = frame.mosaic.copy()
        for row, col in fixed + passing[number]:
            mosaic[row + 8, col + 8] = frame.levels.white.max()
        path = tmp_path / f"{number}.dng"
        isp.write(path, frame.with_mosaic(mosaic, "bad"))
        frames.append(path)
    for least, expected in (
        (None, fixed),
        (1, fixed + [one[0] for one in passing]),
        (3, fixed),
    ):
        options = [] if least is None else ["--least", least]
        out = tmp_path / f"m{least}.csv"
        call("detect", *frames, "-o", out, *options)
        found = isp.read_map(out)
        positions = {(r - 8, c - 8) for r, c in zip(found.rows, found.cols, strict=True)}
        assert positions == set(expected)
    assert "2 of 3" in isp.read_map(tmp_path / "mNone.csv").source
    result = call("detect", *frames, "--least", 4, "-o", tmp_path / "n.csv", code=1)
    assert "vote of 4" in result.stderr
    result = call("detect", "--dark", frames[0], "--least", 2, "-o", tmp_path / "n.csv", code=1)
    assert "scenes" in result.stderr


def test_correct_takes_neighbouring_frames(taken, tmp_path):
    _folder, said = taken
    truth = isp.read_map(said["map"])
    out = tmp_path / "fixed.dng"
    line = ("correct", *said["frames"][:5], "--map", said["map"], "-o", out)
    told = json.loads(call(*line, "--stage", "temporal", "--json").stdout)
    middle = isp.read(said["frames"][2])
    fixed = isp.read(out)
    changed = fixed.mosaic != middle.mosaic
    blinking = DefectMap.for_frame(
        *(axis[truth.kind == DefectKind.BLINKING] for axis in (truth.rows, truth.cols)), middle
    )
    assert changed.any() and not (changed & ~blinking.mask()).any()
    assert told["input"] == said["frames"][2]
    assert told["unrepaired"] >= 500 and told["notes"]
    deviations = np.load(said["deviations"])[2]
    kept = truth.kind == DefectKind.BLINKING
    kept &= changed[truth.rows, truth.cols]
    where = truth.rows[kept], truth.cols[kept]
    ideal = middle.mosaic[where] - deviations[kept]
    before = np.abs(middle.mosaic[where] - ideal).mean()
    assert np.abs(fixed.mosaic[where] - ideal).mean() < 0.3 * before
    call(*line, "--stage", "temporal(fallback=masked_median)", "--force")
    call("run", tmp_path / "fixed.dng.scenario.yaml", "-o", tmp_path / "again")
    assert (tmp_path / "again" / "fixed.dng").read_bytes() == out.read_bytes()


def test_other_stages_take_one_frame(taken, tmp_path):
    _, said = taken
    result = call(
        *("correct", *said["frames"][:2], "--map", said["map"], "--stage", "masked_median"),
        *("-o", tmp_path / "x.dng"),
        code=1,
    )
    assert "takes one input; got 2" in result.stderr


def test_saved_paths_start_at_the_scenario(taken, tmp_path, monkeypatch):
    folder, _said = taken
    monkeypatch.chdir(folder)
    out = tmp_path / "fixed.dng"
    call("correct", "s-0001.dng", "--map", "s.truth.csv", "--stage", "masked_median", "-o", out)
    monkeypatch.chdir(tmp_path)
    call("run", tmp_path / "fixed.dng.scenario.yaml", "-o", tmp_path / "again")
    assert (tmp_path / "again" / "fixed.dng").read_bytes() == out.read_bytes()

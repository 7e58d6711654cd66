"""The commands, called as a user calls them."""

import json

import numpy as np
import pytest
import rawpy
import typer
from typer.testing import CliRunner

import isp
from isp.cli import app, main
from isp.cli.options import stage_entries, stage_entry
from isp.registry import load_sensor

DESCRIBED = ["--cfa", "GRBG", "--size", "70x50", "--bits", "12", "--black", "64"]


def call(*arguments, code=0):
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def scene(shape):
    """A frame of the synthetic scene from a sensor without defects."""
    sensor, rng = load_sensor("phone"), np.random.default_rng(1)
    return sensor.expose_with_reference(sensor.scene(shape, rng), rng)[0]


@pytest.fixture
def raw(tmp_path):
    """A headerless 12-bit file with one dead couplet."""
    rng = np.random.default_rng(0)
    mosaic = (1000 + 8 * np.arange(70) + rng.normal(0, 5, (50, 70))).astype("<u2")
    mosaic[20, 30] = mosaic[20, 32] = 64
    path = tmp_path / "frame.raw"
    path.write_bytes(mosaic.tobytes())
    return path


@pytest.fixture
def marked(tmp_path):
    path = tmp_path / "map.npy"
    mask = np.zeros((50, 70), bool)
    mask[20, [30, 32]] = True
    np.save(path, mask)
    return path


def test_correct_changes_the_marked_pixels_only(raw, marked, tmp_path):
    out = tmp_path / "fixed.dng"
    call(
        "correct",
        raw,
        "--map",
        marked,
        "--stage",
        "masked_median(min_good=2)",
        "-o",
        out,
        *DESCRIBED,
    )
    before = np.fromfile(raw, "<u2").reshape(50, 70)
    with rawpy.imread(str(out)) as file:
        after = file.raw_image.copy()
    assert np.argwhere(before != after).tolist() == [[20, 30], [20, 32]]
    assert abs(int(after[20, 30]) - 1240) < 40


def test_a_saved_scenario_repeats_the_pixels(raw, marked, tmp_path):
    out = tmp_path / "fixed.npy"
    call("correct", raw, "--map", marked, "--stage", "masked_mean", "-o", out, *DESCRIBED)
    call("run", tmp_path / "fixed.npy.scenario.yaml", "-o", tmp_path / "again")
    assert np.array_equal(np.load(out), np.load(tmp_path / "again" / "fixed.npy"))


def test_dpc_needs_no_map(raw, tmp_path):
    result = call(
        "correct", raw, "--stage", "median8", "-o", tmp_path / "x.npy", "--json", *DESCRIBED
    )
    assert json.loads(result.stdout)["changed"] >= 0


def test_develop_writes_the_active_area(raw, tmp_path):
    call("develop", raw, "-o", tmp_path / "x.png", "--demosaic", "bilinear", *DESCRIBED)
    assert isp.read_photograph(tmp_path / "x.png").shape == (50, 70, 3)


@pytest.mark.parametrize("option", [("--demosaic", "malvar"), ("--gains", "2,1,2"), ("--depth", 8)])
def test_options_that_a_set_pipeline_would_drop_are_refused(option, raw, tmp_path):
    line = ["develop", raw, "-o", tmp_path / "x.png", *DESCRIBED]
    pipeline = ("--set", "pipeline=[black_level, bilinear, gamma]")
    assert "would be lost" in call(*line, *option, *pipeline, code=2).stderr
    call(*line, *pipeline)


def test_simulate_damages_a_file_and_tells_the_truth(tmp_path):
    clean, out = tmp_path / "clean.dng", tmp_path / "damaged.dng"
    isp.write(clean, scene((400, 600)))
    result = call("simulate", clean, "--sensor", "phone", "--seed", "3", "-o", out, "--json")
    truth = isp.read_map(json.loads(result.stdout)["map"])
    changed = isp.read(out).mosaic != isp.read(clean).mosaic
    assert changed.any() and not (changed & ~truth.mask()).any()


def test_the_synthetic_scene_is_an_input(tmp_path):
    call("simulate", "scene:160x130", "--sensor", "phone", "-o", tmp_path / "s.dng")
    assert isp.read(tmp_path / "s.dng").meta.active_area.width == 160


def test_the_synthetic_scene_is_developed(tmp_path):
    call("develop", "scene:80x64", "-o", tmp_path / "s.png")
    assert isp.read_photograph(tmp_path / "s.png").shape == (64, 80, 3)
    call("run", tmp_path / "s.png.scenario.yaml", "-o", tmp_path / "again")
    assert (tmp_path / "again" / "s.png").read_bytes() == (tmp_path / "s.png").read_bytes()


def test_maps_convert_merge_and_show(marked, tmp_path):
    sized = ["--size", "70x50", "--cfa", "GRBG"]
    call("map", "convert", marked, "-o", tmp_path / "m.badpixels", *sized)
    call("map", "convert", tmp_path / "m.badpixels", "-o", tmp_path / "m.csv", *sized)
    call("map", "merge", tmp_path / "m.csv", marked, "-o", tmp_path / "u.csv", *sized)
    shown = call("map", "show", tmp_path / "u.csv", "-o", tmp_path / "m.png", "--json")
    assert json.loads(shown.stdout)["defects"] == 2
    assert (tmp_path / "m.png").stat().st_size > 0


def test_maps_of_different_frames_are_named_by_their_files(tmp_path):
    """A mask that knows no border is laid into the frame only where the frame is given."""
    area = isp.Area(2, 4, 40, 60)
    mosaic = np.random.default_rng(0).integers(64, 999, (50, 70), np.uint16)
    frame = isp.RawFrame.of(mosaic, "RGGB", white_dn=1023, active_area=area)
    isp.write(tmp_path / "shot.dng", frame)
    table, mask = tmp_path / "table.csv", tmp_path / "mask.png"
    isp.write_map(table, isp.DefectMap.for_frame([9], [9], frame, source="factory"))
    isp.write_map(mask, isp.DefectMap.for_frame([8], [8], frame).crop(area))
    merge = ("map", "merge", table, mask, "-o", tmp_path / "m.csv")
    said = call(*merge, code=1).stderr
    assert all(word in said for word in (str(table), str(mask), "--frame")), said
    call(*merge, "--frame", tmp_path / "shot.dng")
    assert len(isp.read_map(tmp_path / "m.csv")) == 2


@pytest.mark.parametrize("name", ["m.jpg", "m.tif", "m"])
def test_a_map_is_drawn_as_png_only(marked, tmp_path, name):
    said = call("map", "show", marked, "--size", "70x50", "-o", tmp_path / name, code=1).stderr
    assert name in said
    assert "use .png" in said
    assert not (tmp_path / name).exists()


def test_a_cfa_that_is_not_the_maps_is_refused(marked, tmp_path):
    """And one that the map does not say is taken, whether or not a size is given with it."""
    table = tmp_path / "t.csv"
    call("map", "convert", marked, "-o", table, "--size", "70x50", "--cfa", "GRBG")
    said = call("map", "show", table, "--cfa", "RGGB", code=1).stderr
    assert all(word in said for word in (str(table), "GRBG", "RGGB", "--cfa")), said
    call("map", "show", table, "--cfa", "GRBG")
    shown = json.loads(call("map", "show", marked, "--cfa", "GRBG", "--json").stdout)
    assert sum(shown["sites"].values()) == shown["defects"] > 0


def test_a_converted_map_counts_what_its_file_holds(tmp_path):
    """A list that counts from the visible area has no place for defects in the border."""
    table = tmp_path / "t.csv"
    area = isp.Area(2, 4, 40, 60)
    isp.write_map(table, isp.DefectMap.of([0, 9, 20], [0, 9, 30], (50, 70), active_area=area))
    result = call("map", "convert", table, "-o", tmp_path / "o.badpixels")
    assert result.stdout.startswith("2 defects -> ")
    assert (
        "lost: the format dcraw does not hold 1 defects outside the active area." in result.stdout
    )
    written = call("map", "convert", table, "-o", tmp_path / "o.png", "--json").stdout
    assert json.loads(written)["defects"] == 3


def test_detect_says_what_its_map_cannot_hold(raw, tmp_path):
    said = call("detect", raw, "-o", tmp_path / "m.png", *DESCRIBED).stdout
    assert "lost: the format png does not hold the kinds" in said
    said = call("detect", raw, "-o", tmp_path / "m.csv", *DESCRIBED, "--json").stdout
    assert json.loads(said)["lost"] == []
    said = call("detect", raw, "-o", tmp_path / "m.txt", *DESCRIBED, code=1).stderr
    assert "isp map convert --to" in said


def test_compare_writes_a_report(tmp_path):
    isp.write(tmp_path / "s.dng", scene((160, 160)))
    out = tmp_path / "report"
    call(
        *("compare", tmp_path / "s.dng", "--stages", "masked_median,harmonic", "--crops", "1"),
        *("--crop-size", "96", "--protocol", "dynamic/density_1.0", "-o", out),
    )
    assert {"report.html", "metrics.csv", "metrics.json", "scenario.yaml"} <= {
        path.name for path in out.iterdir()
    }


def test_compare_says_where_nothing_can_be_scored(tmp_path):
    white = np.full((160, 160), 1023, np.uint16)
    isp.write(tmp_path / "white.dng", isp.RawFrame.of(white, "RGGB", black_dn=64, white_dn=1023))
    said = call(
        *("compare", tmp_path / "white.dng", "--stages", "masked_median", "--crops", "1"),
        *("--crop-size", "96", "--protocol", "dynamic/density_1.0", "-o", tmp_path / "report"),
    )
    assert "No defect counts" in said.output
    page = (tmp_path / "report" / "report.html").read_text()
    assert "No defect counts" in page
    assert "repairs best" not in page


def test_run_keeps_maps_frames_and_pictures(tmp_path):
    isp.write(tmp_path / "s.dng", scene((128, 128)))
    (tmp_path / "my.yaml").write_text(
        "version: 1\ninput: {files: [s.dng]}\ndefects: {protocol: fixed}\ncorrectors: [harmonic]\n"
    )
    call("run", tmp_path / "my.yaml", "-o", tmp_path / "out")
    call("run", tmp_path / "out" / "scenario.yaml", "-o", tmp_path / "out2")
    first, second = ({p.name: p for p in (tmp_path / o).rglob("*.png")} for o in ("out", "out2"))
    assert {"clean.png", "damaged.png", "harmonic.png"} <= set(first)
    for name, path in first.items():
        assert path.read_bytes() == second[name].read_bytes()
    assert list((tmp_path / "out").rglob("truth.csv"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["develop", "{raw}", "-o", "{tmp}/x.png"], ["--cfa", "frame.raw"]),
        (
            ["develop", "{raw}", "-o", "{tmp}/x.png", "--cfa", "RGGB", "--size", "9x9"],
            ["frame.raw"],
        ),
        (["develop", "{tmp}/none.dng", "-o", "{tmp}/x.png"], ["none.dng"]),
        (["correct", "{raw}", "--stage", "fsr", "-o", "{tmp}/x.npy", *DESCRIBED], ["--map"]),
        (
            [
                "correct",
                "{raw}",
                "--map",
                "{map}",
                "--stage",
                "median8",
                "-o",
                "{tmp}/x.npy",
                *DESCRIBED,
            ],
            ["takes no defect map"],
        ),
        (["correct", "{raw}", "--stage", "malvar", "-o", "{tmp}/x.npy", *DESCRIBED], ["demosaic"]),
        (["run", "{tmp}/none.yaml"], ["none.yaml"]),
        (["run", "{tmp}/wrong.yaml"], ["wrong.yaml, line 4", "Did you mean 'fsr'"]),
    ],
)
def test_wrong_input_gives_one_sentence_and_exit_code_1(arguments, words, raw, marked, tmp_path):
    write_scenario(tmp_path / "wrong.yaml", "fsrr")
    says(arguments, words, raw, tmp_path, code=1)


COMPARE = ["compare", "{raw}", "-o", "{tmp}/out", *DESCRIBED]
RUN = ["run", "{tmp}/right.yaml", "-o", "{tmp}/out"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["correct", "{raw}", "--stage", "fsrr", "-o", "{tmp}/x.npy"], ["Did you mean 'fsr'"]),
        (["simulate", "{raw}", "--sensor", "fone", "-o", "{tmp}/x.npy", *DESCRIBED], ["phone"]),
        ([*COMPARE, "--sensor", "fone"], ["phone"]),
        ([*COMPARE, "--protocol", "dynamik"], ["dynamic"]),
        ([*COMPARE, "--protocol", "dynamic/dense"], ["no variant 'dense'"]),
        ([*COMPARE, "--demosaic", "malvarr"], ["Did you mean 'malvar'"]),
        ([*COMPARE, "--demosaic", "fsr"], ["not a demosaicing"]),
        ([*COMPARE, "--set", "foo"], ["key=value"]),
        ([*COMPARE, "--set", "compare.crops=[1"], ["compare.crops", "YAML"]),
        ([*COMPARE, "--detector", "fsr"], ["cannot be the detector"]),
        (["bench", "scene:64x64", "--stages", "fsrr"], ["Did you mean 'fsr'"]),
        (
            ["correct", "{raw}", "--stage", "fsr", "-o", "{tmp}/x.npy", "--size", "big"],
            ["1920x1080"],
        ),
        (["map", "show", "{raw}", "--size", "big"], ["size"]),
        (["develop", "{raw}", "-o", "{tmp}/x.png", "--cfa", "RGBB"], ["RGGB"]),
        (
            ["develop", "{raw}", "-o", "{tmp}/x.png", "--black", "600", "--white", "500"],
            ["black_dn must be below white_dn", "600", "500"],
        ),
        (["compare", "scene", "-o", "{tmp}/out", "--size", "128x96"], ["scene:WIDTHxHEIGHT"]),
        ([*COMPARE, "--protocol", "fixed", "--sensor", "phone"], ["--protocol or --sensor"]),
        (
            ["simulate", "scene", "--sensor", "phone", "-o", "{tmp}/x.npy", "--cfa", "BGGR"],
            ["sensor"],
        ),
        ([*RUN, "--set", "seed=-3"], ["the command line: seed", "-3"]),
        ([*RUN, "--set", "correctors.0=fsrr"], ["the command line: There is no stage 'fsrr'"]),
    ],
)
def test_wrong_options_give_one_sentence_and_exit_code_2(arguments, words, raw, tmp_path):
    write_scenario(tmp_path / "right.yaml", "fsr")
    says(arguments, words, raw, tmp_path, code=2)


def write_scenario(path, corrector):
    path.write_text(
        "version: 1\ninput: {files: [s.dng]}\ndefects: {protocol: fixed}\n"
        f"correctors: [{corrector}]\n"
    )


def says(arguments, words, raw, tmp_path, code):
    filled = [a.format(raw=raw, tmp=tmp_path, map=tmp_path / "map.npy") for a in arguments]
    result = call(*filled, code=code)
    message = result.stderr.strip()
    assert message.startswith("isp: ") and "\n" not in message and "Traceback" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    "arguments",
    [
        ["develop"],
        ["nothing"],
        ["correct", "x", "--stage", "a b"],
        ["list", "stages", "--kind", "blub"],
        ["list", "sensors", "--kind", "detector"],
        ["map", "merge", "a.csv", "b.csv", "-o", "c.csv", "--least", "3"],
    ],
)
def test_wrong_usage_gives_exit_code_2(arguments):
    call(*arguments, code=2)


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("fsr(iterations=[)", "is no value in YAML"),
        ("cluster(weights=@x)", "is no value in YAML"),
        ("fsr(iterations=5,iterations=6)", "a second time"),
        ("fsr(5)", "is not key=value"),
    ],
)
def test_parameters_that_cannot_be_read_are_wrong_usage(stage, words):
    with pytest.raises(typer.BadParameter, match=words):
        stage_entry(stage)
    call("correct", "x.dng", "--stage", stage, "-o", "y.dng", code=2)


def test_lists_and_texts_are_parameters():
    assert stage_entry("a(b=[1, 2], c='x, y', d=0.5)") == {
        "a": {"b": [1, 2], "c": "x, y", "d": 0.5}
    }
    assert stage_entries("a(b=[1, 2]),c") == [{"a": {"b": [1, 2]}}, "c"]


def test_a_size_may_have_an_upper_case_x(raw, tmp_path):
    described = ["--cfa", "GRBG", "--size", "70X50", "--bits", "12"]
    call("develop", raw, "-o", tmp_path / "x.png", *described)
    call("simulate", "scene:64X48", "--sensor", "phone", "-o", tmp_path / "s.npy")
    assert np.load(tmp_path / "s.npy").shape == (48, 64)


def test_nothing_is_overwritten_without_force(raw, tmp_path):
    out = tmp_path / "x.png"
    out.write_bytes(b"precious")
    call("develop", raw, "-o", out, *DESCRIBED, code=1)
    assert out.read_bytes() == b"precious"
    call("develop", raw, "-o", out, *DESCRIBED, "--force")
    assert out.read_bytes() != b"precious"


def test_a_map_of_another_frame_is_refused(raw, tmp_path):
    np.save(tmp_path / "small.npy", np.eye(9, dtype=bool))
    result = call(
        *("correct", raw, "--map", tmp_path / "small.npy", "--stage", "fsr"),
        *("-o", tmp_path / "x.npy", *DESCRIBED),
        code=1,
    )
    assert "small.npy" in result.stderr


@pytest.mark.parametrize("scene", ["scene", "scene:64x64"])
def test_a_scene_stands_alone(scene, raw, tmp_path):
    said = call("compare", raw, scene, "-o", tmp_path / "out", *DESCRIBED, code=2).stderr
    assert f"'{scene}' stands alone" in " ".join(said.replace("│", " ").split())


def test_schema_lists_the_stages():
    schema = json.loads(call("schema").stdout)
    assert "masked_median_parameters" in schema["$defs"]
    assert schema["additionalProperties"] is False


def test_kinds_that_there_are_can_be_listed():
    detectors = json.loads(call("list", "stages", "--kind", "detector", "--json").stdout)["stages"]
    assert {row["kind"] for row in detectors} == {"detector"}
    assert "corrector" in call("list", "stages", "--kind", "blub", code=2).stderr


def test_list_shows_stages_and_sensors():
    stages = json.loads(call("list", "stages", "--json").stdout)["stages"]
    assert {"masked_median", "fsr", "median8"} <= {row["name"] for row in stages}
    assert all(row["reference"] and row["summary"] for row in stages)
    assert "phone" in call("list", "sensors").stdout


def test_debug_shows_the_traceback(tmp_path):
    with pytest.raises(isp.IspError):
        call("develop", tmp_path / "none.dng", "-o", tmp_path / "x.png", "--debug")


def test_compare_shows_what_a_defect_table_costs(tmp_path):
    isp.write(tmp_path / "s.dng", scene((160, 160)))
    out = tmp_path / "report"
    result = call(
        *("compare", tmp_path / "s.dng", "--stages", "masked_median", "--crops", "1"),
        *("--crop-size", "96", "--protocol", "dynamic/density_1.0", "-o", out),
        *("--capacity", "10", "--dilate", "1", "--json"),
    )
    blocks = json.loads(result.stdout)["blocks"]
    assert [block["map"] for block in blocks] == ["truth", "truth+table"]
    whole, cut = (block["stages"]["masked_median"] for block in blocks)
    assert cut["table_cost_db"] == pytest.approx(whole["defect_psnr_db"] - cut["defect_psnr_db"])
    assert cut["table_cost_db"] > 1
    assert "compare:" in (saved := (out / "scenario.yaml").read_text()) and "capacity: 10" in saved


def test_a_corrector_may_run_twice_with_other_parameters(tmp_path):
    isp.write(tmp_path / "s.dng", scene((128, 128)))
    (tmp_path / "my.yaml").write_text(
        "version: 1\ninput: {files: [s.dng]}\ndefects: {protocol: fixed}\n"
        "correctors: [masked_median, {masked_median: {min_good: 9}}]\n"
    )
    call("run", tmp_path / "my.yaml", "-o", tmp_path / "out")
    written = {path.name for path in (tmp_path / "out").rglob("*.png")}
    assert {"masked_median.png", "masked_median-2.png"} <= written


def test_an_interruption_is_one_sentence_and_exit_code_130(raw, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("isp.tasks.develop.single", interrupted)
    said = call("develop", raw, "-o", tmp_path / "x.png", *DESCRIBED, code=130).stderr
    assert said.startswith("isp: Interrupted") and said.count("\n") == 1


@pytest.mark.parametrize(("code", "at_once"), [(130, True), (1, False)])
def test_an_interruption_waits_for_no_thread(code, at_once, monkeypatch):
    left = []

    def app():
        raise SystemExit(code)

    monkeypatch.setattr("isp.cli.app", app)
    monkeypatch.setattr("os._exit", left.append)
    with pytest.raises(SystemExit):
        main()
    assert left == ([code] if at_once else [])


def test_pixels_that_were_not_repaired_are_not_claimed(raw, tmp_path):
    np.save(tmp_path / "all.npy", np.ones((50, 70), bool))
    said = call(
        *("correct", raw, "--map", tmp_path / "all.npy", "--stage", "masked_median"),
        *("-o", tmp_path / "x.npy", *DESCRIBED),
    ).stdout
    assert ": 0 pixels by masked_median" in said
    assert "3500 marked pixels were not repaired" in said

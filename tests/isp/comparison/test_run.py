import time

import numpy as np
import pytest

from isp.api import compare
from isp.comparison.subject import Input, Subject, Variant
from isp.errors import FileError, IspError, PipelineError, ScenarioError
from isp.io.output import write
from isp.report.page import render
from isp.tasks.compare import lines


def bad():
    raise FileError("'x.raw' is cut off.")


def run(lab, inputs=None, **options):
    settings = {
        "protocol": [lab.variant],
        "stages": [lab.plane_mean, lab.brighten],
        "crops": 2,
        "crop_size": 64,
        **options,
    }
    return compare(inputs or [lab.source()], **settings)


def test_every_stage_damaged_and_clean_are_scored_on_every_crop(lab):
    found = run(lab, repeats=2)
    rows = [r for r in found.records if r.metric == "defect_psnr_db" and r.channel == "all"]
    whole = [r for r in rows if r.kind == r.size == r.density == "all"]
    assert {r.stage for r in whole} == {"none", "clean", "plane_mean", "brighten"}
    assert {r.crop for r in whole} == {"0:0", "0:1", "1:0", "1:1"}
    assert len(whole) == 4 * 4
    assert {r.map for r in whole if r.stage == "plane_mean"} == {"truth"}
    assert {r.map for r in whole if r.stage != "plane_mean"} == {"none"}
    entry = found.block().entry("plane_mean")
    values = [r.value for r in whole if r.stage == "plane_mean"]
    assert entry.figures["defect_psnr_db"].mean == pytest.approx(np.mean(values))
    assert found.block().best("defect_psnr_db") == "plane_mean"


def test_one_bad_input_does_not_stop_the_rest(lab):
    found = run(lab, [Input("bad", bad), lab.source("good")])
    assert [(f.input, f.stage, f.reason) for f in found.failures] == [
        ("bad", "", "'x.raw' is cut off.")
    ]
    assert {r.input for r in found.records} == {"good"}


def test_one_bad_stage_does_not_stop_the_rest(lab):
    found = run(lab, stages=[lab.broken, lab.plane_mean])
    assert [(f.stage, f.reason) for f in found.failures] == [("broken", "RuntimeError: no luck")]
    assert "broken" not in {r.stage for r in found.records}
    assert found.cost("plane_mean", "crop") is not None
    assert found.cost("broken", "crop") is None


def test_a_frame_that_the_demosaicing_cannot_take_is_listed(lab):
    xtrans = Input("x", lambda: Subject("x", *(2 * (lab.scene(cfa="XTRANS"),))))
    found = run(lab, [xtrans, lab.source("bayer")], demosaic="opencv_ea")
    (failure,) = found.failures
    assert failure.input == "x" and "XTRANS" in failure.reason
    any_cfa = run(lab, [xtrans], demosaic="bilinear")
    assert any_cfa.failures == []
    assert any_cfa.block().entry("plane_mean").figures["area_psnr_db"].mean > 10


def test_by_default_every_array_is_developed_and_what_was_done_otherwise_is_noted(lab):
    bayer = lab.source("bayer")
    xtrans = Input("x", lambda: Subject("x", *(2 * (lab.scene(cfa="XTRANS"),))))
    found = run(lab, [xtrans, bayer])
    assert found.failures == []
    assert found.notes["opencv_ea"] == ["cannot take XTRANS frames; by_cfa makes their pictures"]
    alone, named = run(lab, [bayer]), run(lab, [bayer], demosaic="opencv_ea")
    assert alone.records == named.records
    assert "opencv_ea" not in alone.notes


def test_defects_are_looked_for_in_frames_that_the_detector_can_take(lab):
    real = Input("real", lambda: Subject("real", lab.scene(cfa="XTRANS")))
    found = run(lab, [real], detector="dynamic")
    assert found.failures == []
    (note,) = found.notes["dynamic"]
    assert note == "cannot take XTRANS frames; their own defects are not looked for"
    detected = run(lab, [real], maps=("truth",), detector=lab.at_black)
    assert lab.at_black.info.name not in detected.notes


def test_without_any_good_input_the_reason_is_raised(lab):
    with pytest.raises(IspError, match=r"No input could be compared; the first: 'x\.raw' is cut"):
        run(lab, [Input("bad", bad)])


def test_the_same_seed_gives_the_same_rows_whatever_the_threads(lab, monkeypatch):
    inputs = [lab.source("a"), lab.source("b", seed=5)]
    monkeypatch.setenv("ISPSIM_THREADS", "1")
    first = run(lab, inputs, maps=("truth", "wrong10"))
    monkeypatch.setenv("ISPSIM_THREADS", "3")
    again = run(lab, inputs, maps=("truth", "wrong10"))
    assert first.records == again.records
    other = run(lab, inputs, maps=("truth", "wrong10"), seed=1)
    assert first.records != other.records


def test_adding_a_stage_or_an_input_leaves_the_others_rows_alone(lab):
    alone = run(lab, [lab.source("a")], stages=[lab.plane_mean])
    more = run(lab, [lab.source("b", seed=2), lab.source("a")])
    kept = [r for r in more.records if r.input == "a" and r.stage != "brighten"]
    assert kept == alone.records


def test_maps_are_compared_and_detection_is_scored(lab):
    found = run(lab, maps=("truth", "detected", "wrong10"), detector=lab.at_black)
    means = {
        name: found.block("dead", name).entry("plane_mean").figures["area_psnr_db"].mean
        for name in ("truth", "detected", "wrong10")
    }
    assert means["detected"] == pytest.approx(means["truth"])
    assert means["wrong10"] < means["truth"] - 1
    detection = found.block("dead", "detected").detection
    assert detection["detection_recall"].mean == 1
    assert detection["detection_precision"].mean == 1
    assert detection["detection_false_per_mp"].mean == 0
    assert found.block("dead", "truth").detection == {}


def test_rows_do_not_depend_on_where_the_files_lie(lab):
    here, there = run(lab, [lab.source("/here/a.dng")]), run(lab, [lab.source("there/a.dng")])
    assert here.records == there.records
    assert {r.input for r in here.records} == {"a.dng"}
    twins = run(lab, [lab.source("x/a.dng"), lab.source("y/a.dng")])
    assert {r.input for r in twins.records} == {"x/a.dng", "y/a.dng"}
    moved = run(lab, [lab.source("/there/x/a.dng"), lab.source("/there/y/a.dng")])
    assert moved.records == twins.records
    nested = run(lab, [lab.source("/x/a.dng"), lab.source("/x/y/x/a.dng"), lab.source("/y/b.dng")])
    assert {r.input for r in nested.records} == {"/x/a.dng", "y/x/a.dng", "b.dng"}


def test_rows_do_not_depend_on_how_paths_are_written(lab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("a.dng", "x/a.dng")):
        write(tmp_path / name, lab.scene(seed=seed))
    ways = [
        ["a.dng", "x/a.dng"],
        [tmp_path / "a.dng", str(tmp_path / "x" / "a.dng")],
        ["./a.dng", "x/../x/a.dng"],
    ]
    first, *others = (run(lab, way).records for way in ways)
    assert all(rows == first for rows in others)
    with pytest.raises(ScenarioError, match="is given twice"):
        run(lab, ["a.dng", "x/../a.dng"])


def test_progress_counts_every_case(lab):
    seen = []
    run(lab, progress=lambda done, total, name: seen.append((done, total, name)))
    assert seen == [(1, 2, "a"), (2, 2, "a")]


def test_whole_frames_are_compared_where_no_crops_are_asked_for(lab):
    found = run(lab, crops=0)
    assert {r.crop for r in found.records} == {"0:0"}
    assert found.frames[0].shape == (160, 200)
    assert found.frames[0].pictures["none"].shape == (160, 200, 3)


def test_costs_and_pictures_come_of_the_first_good_input(lab):
    found = run(lab, [Input("bad", bad), lab.source("good")])
    cost = found.cost("plane_mean", "frame")
    assert cost.input == "good" and cost.pixels == 160 * 200 and cost.defects == 2 * 128
    assert 0 < cost.low_ms <= cost.median_ms <= cost.high_ms
    assert cost.megapixels_per_s == pytest.approx(160 * 200 / cost.median_ms / 1e3)
    (shown, *_) = found.exhibits
    assert list(shown.tiles) == ["none", "plane_mean", "brighten"]
    assert shown.cluster == "dead 8x8, density 1.00"
    assert (shown.errors["none"] >= 0).all() and shown.errors["none"].max() > 0.2
    (whole,) = found.frames
    damaged = whole.pictures["none"] != whole.pictures["clean"]
    assert damaged.any() and len(whole.places) == 2
    assert not np.array_equal(whole.pictures["plane_mean"], whole.pictures["none"])


def test_real_frames_get_a_noise_model_and_their_defects_are_left_out(lab):
    frame = lab.scene(shape=(160, 160), seed=9)
    mosaic = frame.mosaic.copy()
    mosaic[::16, ::16] = 256  # dead already: the detector finds them
    real = Input("real", lambda: Subject("real", frame.with_mosaic(mosaic, "real")))
    found = run(lab, [real], crops=1, crop_size=128, detector=lab.at_black)
    figures = found.block().entry("plane_mean").figures
    assert "defect_rmse_sigma" in figures and "defect_mse_less_noise" in figures
    assert figures["ring_changed_share"].mean == 0
    assert figures["good_changed_ppm"].mean == 0  # they were repaired too, but are not good pixels


def test_frames_and_protocols_can_be_given_by_themselves(lab):
    found = compare(
        [lab.scene(shape=(96, 96))],
        protocol="small/block_3x3",
        stages=[lab.plane_mean],
        crops=1,
        crop_size=96,
    )
    assert {(r.protocol, r.variant) for r in found.records} == {("small", "block_3x3")}
    assert "3x3" in {r.size for r in found.records}
    assert found.records[0].input == "frame 1"


def test_one_thing_need_not_be_a_list(lab, tmp_path):
    frame = lab.scene(shape=(96, 96))
    write(tmp_path / "d.dng", frame)
    given = {"protocol": "small/block_3x3", "crops": 1, "crop_size": 96}
    for one in (str(tmp_path / "d.dng"), tmp_path / "d.dng", frame, Input.of(frame, "d.dng")):
        found = compare(one, stages="masked_median", maps="truth", **given)
        assert {r.stage for r in found.records} == {"none", "clean", "masked_median"}
        assert {r.input for r in found.records} <= {"d.dng", "frame 1"}


def test_wrong_plans_are_said_before_anything_is_opened(lab):
    opened = []
    source = Input("a", lambda: opened.append(1))
    for options, words in (
        ({"stages": []}, "at least one input"),
        ({"maps": ("true",)}, "There is no map 'true'"),
        ({"maps": ("detected",)}, "needs a detector"),
        ({"detector": "fsr"}, "'fsr' is of kind corrector: .* Stages that can: .*dynamic"),
        ({"crop_size": 8}, "at least 32 pixels"),
        ({"protocol": "dynamik"}, "no protocol 'dynamik'"),
        ({"protocol": "dynamic/dense"}, "no variant 'dense'"),
    ):
        with pytest.raises(ScenarioError, match=words):
            run(lab, [source], **options)
    with pytest.raises(ScenarioError, match="'a' is given twice"):
        run(lab, [source, source])
    with pytest.raises(PipelineError, match="'masked_median' is not a demosaicing"):
        run(lab, [source], demosaic="masked_median")
    assert opened == []


def test_the_folder_is_looked_at_before_anything_is_opened(lab, tmp_path):
    opened = []
    (tmp_path / "summary.json").write_text("mine")
    with pytest.raises(FileError, match=r"summary\.json.* already exists"):
        run(lab, [Input("a", lambda: opened.append(1))], out=tmp_path)
    assert opened == [] and (tmp_path / "summary.json").read_text() == "mine"


def test_an_interruption_does_not_wait_for_the_cases_left(lab, monkeypatch):
    monkeypatch.setenv("ISPSIM_THREADS", "1")
    opened = []

    def source(number):
        return Input(str(number), lambda: opened.append(number) or time.sleep(0.05) or bad())

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(lab, [source(number) for number in range(20)], progress=interrupt)
    assert len(opened) < 10


def test_a_frame_too_small_for_crops_is_said(lab):
    tiny = Input("tiny", lambda: Subject("tiny", lab.scene(shape=(20, 30))))
    quiet = Variant("none", "", lambda frame, rng: lab.blocks(frame, rng, side=1, count=1))
    with pytest.raises(IspError, match="at least 32×32"):
        run(lab, [tiny], protocol=[quiet])


def test_a_damage_goes_by_one_name_wherever_it_is_shown(lab):
    ways = [("sensor x", ""), ("fixed", "fixed"), ("dynamic", "sparse")]
    labels = ["sensor x", "fixed", "dynamic · sparse"]
    found = run(lab, protocol=[Variant(*way, lab.blocks) for way in ways], crops=1)
    assert [one.damage for one in found.blocks] == labels
    assert {one.variant for one in found.exhibits} == set(labels)
    assert found.frames[0].variant == labels[0]
    heads = [line for line in lines(found) if "(map:" in line]
    assert heads == [f"{label} (map: truth)" for label in labels]
    page = render(found)
    assert f"<dd>{', '.join(labels)}</dd>" in page
    assert all(f"{label}, map: truth" in page for label in labels)
    assert "sensor x ·" not in page and "fixed · fixed" not in page

import numpy as np
import pytest

from isp.comparison.case import make_case
from isp.comparison.contestants import Outcome, contestants, correct
from isp.comparison.develop import Development
from isp.comparison.score import Scorer
from isp.comparison.subject import Subject
from isp.defects import DefectMap
from isp.errors import FrameError
from isp.frame import Area
from isp.metrics.encoding import encoded_mosaic
from isp.noise import NoiseModel
from isp.transfer import srgb_encoded

SCORER = Scorer([Development("opencv_ea")])


def figures(records, **place):
    wanted = {"kind": "all", "size": "all", "density": "all", "channel": "all", **place}
    return {
        row.metric: row.value
        for row in records
        if all(getattr(row, key) == value for key, value in wanted.items())
    }


def case_of(lab, subject, variant=None):
    area = Area(0, 0, *subject.frame.shape)
    return make_case(subject, area, variant or lab.variant, 1, 0, 0)


def psnr_of_the_codes(case):
    """What a repair that is right to the code counts: the codes' own quantisation noise."""
    at = case.truth.rows, case.truth.cols
    codes = [case.reference.mosaic.astype(float) + half for half in (-0.5, 0.5)]
    low, high = (encoded_mosaic(case.reference, one)[at] for one in codes)
    return -10 * np.log10(np.mean((high - low) ** 2) / 12)


def test_a_perfect_repair_is_perfect_everywhere(lab):
    frame = lab.scene(noise=lab.noise)
    case = case_of(lab, Subject("s", frame, frame))
    (oracle,) = contestants([lab.oracle_of(frame)])
    found = figures(
        SCORER.records(case, "oracle", "truth", correct(oracle, case.damaged, case.truth))
    )
    assert found["defect_psnr_db"] == pytest.approx(psnr_of_the_codes(case))
    assert found["area_psnr_db"] == pytest.approx(100)
    assert found["model_score"] == pytest.approx(400)
    for name in (
        "defect_rmse_sigma", "defect_residual_share", "defect_bias_percent", "global_delta_e",
        "ring_rmse_encoded", "ring_changed_share", "good_changed_ppm", "unrepaired_share",
    ):  # fmt: skip
        assert found[name] == 0, name
    assert found["texture_ratio"] == pytest.approx(1, abs=0.4)


def test_figures_of_the_damage_by_hand(lab):
    frame = lab.scene(noise=lab.noise, white_balance=(1.25, 1.0, 5 / 3))
    case = case_of(lab, Subject("s", frame, frame))
    found = figures(SCORER.records(case, "none", "none", Outcome(case.damaged)))
    at = case.truth.rows, case.truth.cols
    signal = frame.signal()[at].astype(float)
    gains = np.array([1.25, 1, 5 / 3, 1])[frame.cfa.index_map(frame.shape)[at]]
    encoded = srgb_encoded(signal / (4095 - 256) * gains)
    assert found["defect_psnr_db"] == pytest.approx(-10 * np.log10(np.mean(encoded**2)), abs=1e-4)
    assert found["defect_bias_percent"] == pytest.approx(-100 * np.mean(signal) / (4095 - 256))
    sigma = np.sqrt(0.5 * signal + 9)
    assert found["defect_rmse_sigma"] == pytest.approx(np.sqrt(np.mean((signal / sigma) ** 2)))
    assert found["defect_residual_share"] == 1
    assert found["good_changed_ppm"] == 0


def test_saturated_references_and_defects_there_before_do_not_count(lab):
    frame = lab.scene()
    mosaic = frame.mosaic.copy()
    mosaic[:, :40] = 4095
    frame = frame.with_mosaic(mosaic, "blown")
    plain = case_of(lab, Subject("s", frame, frame))
    left = plain.truth.cols < 40
    assert 0 < left.sum() < len(plain.truth)
    assert int(plain.groups[0].entries.sum()) == int((~left).sum())
    everything = DefectMap.from_mask(np.ones(frame.shape, bool), cfa=frame.cfa)
    none_left = case_of(lab, Subject("s", frame, frame, everything))
    assert none_left.clusters == []
    found = figures(SCORER.records(none_left, "none", "none", Outcome(none_left.damaged)))
    assert not any(name.startswith(("defect", "area", "ring")) for name in found)


def test_a_stage_that_alters_good_pixels_is_charged_for_it(lab):
    frame = lab.scene()
    case = case_of(lab, Subject("s", frame, frame))
    (bright,) = contestants([lab.brighten])
    outcome = correct(bright, case.damaged, DefectMap.empty(case.clean))
    found = figures(SCORER.records(case, "brighten", "none", outcome))
    assert found["good_changed_ppm"] == pytest.approx(1e6)
    assert found["ring_changed_share"] == 1
    assert found["ring_rmse_encoded"] > 0
    clean = figures(SCORER.records(case, "clean", "none", Outcome(case.clean)))
    assert clean["good_changed_ppm"] == 0
    assert clean["defect_psnr_db"] == pytest.approx(psnr_of_the_codes(case))


def test_real_frames_report_the_error_less_their_own_noise(lab):
    rng = np.random.default_rng(4)
    scene = lab.scene(shape=(64, 64), noise=NoiseModel(0.0, 20.0**2))
    noisy = scene.with_mosaic(
        np.rint(scene.mosaic + rng.normal(0, 20, scene.shape)).astype(np.uint16), "noise"
    )
    case = case_of(lab, Subject("s", noisy))
    assert case.noisy_reference
    knows_scene = Outcome(
        case.damaged.with_mosaic(
            np.where(case.truth.mask(), scene.mosaic, case.damaged.mosaic), "known"
        )
    )
    found = figures(SCORER.records(case, "x", "truth", knows_scene))
    noise_alone = 1e4 * 20**2 / (4095 - 256) ** 2
    assert abs(found["defect_mse_less_noise"]) < 0.35 * noise_alone
    simulated = case_of(lab, Subject("s", noisy, scene))
    assert "defect_mse_less_noise" not in figures(
        SCORER.records(simulated, "x", "truth", knows_scene)
    )


def test_rows_are_told_apart_by_kind_size_density_and_channel(lab):
    frame = lab.scene()
    case = case_of(lab, Subject("s", frame, frame))
    rows = SCORER.records(case, "none", "none", Outcome(case.damaged))
    by_channel = [figures(rows, channel=c)["defect_psnr_db"] for c in ("R", "G", "B")]
    counts = np.array([1, 2, 1]) / 4
    pooled = -10 * np.log10(np.sum(counts * 10 ** (-np.array(by_channel) / 10)))
    assert figures(rows)["defect_psnr_db"] == pytest.approx(pooled)
    cell = figures(rows, kind="dead", size="8x8", density="1.00")
    assert cell["area_psnr_db"] == pytest.approx(figures(rows)["area_psnr_db"])
    assert {row.input for row in rows} == {"s"} and {row.variant for row in rows} == {"dead"}


def test_figures_after_other_demosaicings_carry_their_names(lab):
    frame = lab.scene()
    case = case_of(lab, Subject("s", frame, frame))
    both = Scorer([Development("opencv_ea"), Development("malvar")])
    found = figures(both.records(case, "none", "none", Outcome(case.damaged)))
    assert {"area_psnr_db", "area_psnr_db@malvar"} <= set(found)
    assert found["area_psnr_db"] != found["area_psnr_db@malvar"]


def test_a_reference_of_another_frame_is_refused(lab):
    with pytest.raises(FrameError, match="noise-free reference of 's'"):
        Subject("s", lab.scene(), lab.scene(shape=(100, 100)))

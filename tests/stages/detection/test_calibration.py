"""Calibration from darks and flats on sensors whose defects are known."""

import numpy as np
import pytest

import isp
from isp.defects import DefectKind
from isp.errors import StageError
from isp.exchange import FrameSet
from isp.frame import Area, RawFrame

SHAPE = (96, 120)
WHITE = 4095.0


def frames(level, count, change=None, cfa="RGGB", seed=0, sigma=3.0, **fields):
    """Frames of a level with noise and shading; ``change(picture, number)`` damages each."""
    rng = np.random.default_rng(seed)
    shading = 1 - 0.3 * np.linspace(-1, 1, SHAPE[1]) ** 2
    made = []
    for number in range(count):
        picture = level * shading + rng.normal(0, sigma, SHAPE)
        if change is not None:
            change(picture, number)
        codes = np.clip(np.rint(picture + 64), 0, WHITE).astype(np.uint16)
        made.append(RawFrame.of(codes, cfa, black_dn=64, white_dn=WHITE, **fields))
    return tuple(made)


def places(found, *kinds):
    chosen = np.isin(found.kind, kinds) if kinds else np.ones(len(found), bool)
    return set(zip(found.rows[chosen].tolist(), found.cols[chosen].tolist(), strict=True))


@pytest.mark.parametrize("cfa", ["RGGB", "MONO", "XTRANS"])
def test_hot_and_warm_pixels_of_the_darks(cfa):
    def hot(picture, number):
        picture[0, 0] += 1000
        picture[50, 60] += 100
        picture[51:54, 20:23] += 600  # a cluster: nothing to a vote
        picture[95, 119] = WHITE

    found = isp.stage("calibration")(FrameSet(dark=frames(20, 5, hot, cfa)))
    cluster = {(r, c) for r in (51, 52, 53) for c in (20, 21, 22)}
    assert places(found) == {(0, 0), (50, 60), (95, 119)} | cluster
    assert places(found, DefectKind.WARM) == {(50, 60)}
    assert places(found, DefectKind.STUCK_HIGH) == {(95, 119)}
    at = list(zip(found.rows, found.cols, strict=True)).index((50, 60))
    assert found.severity_dn[at] == pytest.approx(100, abs=5)


def test_a_vote_needs_its_share_of_the_frames():
    def sometimes(picture, number):
        picture[30, 30] += 500 * (number < 6)
        picture[40, 40] += 500 * (number < 3)  # a cosmic ray or two

    darks = FrameSet(dark=frames(20, 7, sometimes, sigma=3.0))
    assert places(isp.stage("calibration", noisy_sigma=1e9)(darks)) == {(30, 30)}
    assert places(isp.stage("calibration", fraction=0.4)(darks)) == {(30, 30), (40, 40)}
    assert places(isp.stage("calibration", fraction=1.0)(darks)) == set()


def test_a_limit_in_dn_takes_the_place_of_sigma():
    def warm(picture, number):
        picture[10, 10] += 100
        picture[20, 20] += 300

    darks = FrameSet(dark=frames(20, 3, warm))
    assert places(isp.stage("calibration", hot_dn=200.0)(darks)) == {(20, 20)}
    assert places(isp.stage("calibration", hot_dn=50.0)(darks)) == {(10, 10), (20, 20)}


def test_responses_of_the_flats_with_shading():
    def off(picture, number):
        picture[5, 5] *= 0.5
        picture[60, 70] *= 1.4
        picture[80, 10] = 0
        picture[40, 40] *= 0.95

    found = isp.stage("calibration")(FrameSet(flat=frames(1500, 5, off, sigma=20)))
    assert places(found, DefectKind.LOW_RESPONSE) == {(5, 5)}
    assert places(found, DefectKind.HIGH_RESPONSE) == {(60, 70)}
    assert places(found, DefectKind.DEAD) == {(80, 10)}
    assert len(found) == 3


def test_noisy_and_blinking_pixels_need_eight_darks():
    rng = np.random.default_rng(9)
    states = rng.permutation(12) < 5

    def restless(picture, number):
        picture[20, 20] += rng.normal(0, 60)
        picture[70, 70] += 300 * states[number]

    found = isp.stage("calibration")(FrameSet(dark=frames(20, 12, restless)))
    assert places(found, DefectKind.NOISY) == {(20, 20)}
    assert places(found, DefectKind.BLINKING) == {(70, 70)}
    few = isp.stage("calibration")(FrameSet(dark=frames(20, 5, restless)))
    assert not places(few, DefectKind.NOISY, DefectKind.BLINKING)


def test_bad_lines_and_the_active_area():
    def lines(picture, number):
        picture[:, 119] += 700
        picture[33] += 60
        picture[2, 2] += 900

    area = Area(4, 6, 92, 114)
    found = isp.stage("calibration")(FrameSet(dark=frames(20, 3, lines, active_area=area)))
    assert {c for _, c in places(found, DefectKind.COLUMN)} == {119}
    assert {r for r, _ in places(found, DefectKind.ROW)} == {33}
    assert not places(found) & {(2, 2)}
    assert set(found.kind) == {DefectKind.ROW, DefectKind.COLUMN}


@pytest.mark.parametrize("cfa", ["RGGB", "MONO", "QUAD_GRBG", "XTRANS"])
def test_faint_lines_of_every_cfa(cfa):
    """Too faint for a vote on single pixels: only the line as a whole stands out."""

    def lines(picture, number):
        picture[:, 0] += 15
        picture[:, 50] += 15
        picture[33] -= 15

    darks = frames(0, 3, lines, cfa, active_area=Area(2, 0, 91, 117))
    found = isp.stage("calibration")(FrameSet(dark=darks))
    assert {c for _, c in places(found, DefectKind.COLUMN)} == {0, 50}
    assert {r for r, _ in places(found, DefectKind.ROW)} == {33}


@pytest.mark.parametrize("cfa", ["RGGB", "QUAD_GRBG", "XTRANS"])
def test_good_sensors_give_empty_maps(cfa):
    darks, flats = frames(20, 9, cfa=cfa), frames(2000, 5, cfa=cfa, sigma=25)
    found = isp.stage("calibration")(FrameSet(dark=darks, flat=flats))
    assert len(found) == 0
    assert "9 dark" in found.source and "none" in found.source and "none" in found.source
    assert "5 flat" in found.source


def test_scenes_alone_are_refused():
    with pytest.raises(StageError, match="--dark"):
        isp.stage("calibration")(FrameSet(scene=frames(500, 1)))


def test_real_dark_shows_its_bad_column_and_its_warm_pixels(shared_data):
    path = shared_data / "defects/infinite-isp-tuning_BlackImage_1920x1080_12bits_BGGR.raw"
    dark = RawFrame.of(np.fromfile(path, "<u2").reshape(1080, 1920), "BGGR", white_dn=4095)
    found = isp.stage("calibration")(FrameSet(dark=(dark,)))
    assert {c for _, c in places(found, DefectKind.COLUMN)} == {1919}
    warm = places(found, DefectKind.WARM, DefectKind.HOT)
    assert {(381, 692), (788, 1752), (143, 555)} <= warm
    inner = {(r, c) for r, c in warm if 1 < r < 1079}
    assert 15 <= len(inner) <= 30

"""The named protocols: what they damage."""

import numpy as np
import pytest
from scipy import ndimage

import isp
from isp import protocols
from isp.defects import DefectKind
from isp.frame import RawFrame
from isp.population import grade


@pytest.fixture(scope="module")
def frame():
    codes = np.random.default_rng(0).integers(300, 3500, (256, 256)).astype(np.uint16)
    return RawFrame.of(codes, "RGGB", black_dn=256, white_dn=4095)


def test_the_protocols_of_the_design_are_there():
    assert set(protocols.names()) >= {"fixed", "dynamic", "small", "grade", "blind", "tiny"}


@pytest.mark.parametrize("name", protocols.names())
def test_every_variant_damages_a_crop(name, frame):
    protocol = protocols.load(name)
    assert protocol.summary
    for variant in protocol.variants:
        found = [isp.stage("clusters", protocol=name, variant=variant)(frame, s) for s in range(4)]
        assert all(len(one.truth) for one in found)
        assert len({one.frame.mosaic.tobytes() for one in found}) == 4


def squares(truth):
    """Side and fill of each cluster's bounding box."""
    for k in np.unique(truth.cluster):
        r, c = truth.rows[truth.cluster == k], truth.cols[truth.cluster == k]
        yield np.ptp(r) + 1, np.ptp(c) + 1, len(r)


def test_fixed_is_one_black_8x8(frame):
    truth = isp.stage("clusters", protocol="fixed")(frame, 3).truth
    assert list(squares(truth)) == [(8, 8, 64)]
    assert set(truth.kind) == {DefectKind.DEAD}


def test_dynamic_follows_the_thesis(frame):
    counts, sides, kinds, fills = set(), set(), set(), []
    for seed in range(60):
        full = isp.stage("clusters", protocol="dynamic")(frame, seed).truth
        boxes = list(squares(full))
        counts.add(len(boxes))
        sides |= {h for h, _, _ in boxes}
        assert all(h == w and n == h * w for h, w, n in boxes)
        kinds |= set(full.kind)
        half = isp.stage("clusters", protocol="dynamic", variant="density_0.5")(frame, seed)
        fills += [n / (h * w) for h, w, n in squares(half.truth)]
        assert ndimage.label(full.mask())[1] == len(boxes)
    assert counts == {1, 2, 3}
    assert sides == set(range(7, 13))
    assert kinds == {DefectKind.HOT, DefectKind.DEAD}
    assert np.mean(fills) == pytest.approx(0.5, abs=0.03)


def test_small_holds_each_shape_apart(frame):
    sizes = {"single": (1, 1, 1), "block_2x2": (2, 2, 4), "block_3x3": (3, 3, 9)}
    sizes |= {"couplet_horizontal": (1, 3, 2), "couplet_vertical": (3, 1, 2)}
    sizes |= {"couplet_diagonal": (3, 3, 2), "row_1x8": (1, 8, 8)}
    assert set(protocols.load("small").variants) == set(sizes)
    for variant, box in sizes.items():
        truth = isp.stage("clusters", protocol="small", variant=variant)(frame, 1).truth
        assert list(squares(truth)) == [box] * 24


def test_a_grade_is_a_population_at_its_limits():
    camelia = grade.load("camelia_e")
    sensor = RawFrame.of(np.full((2300, 3500), 2000, np.uint16), "MONO", white_dn=4095)
    truth = isp.stage("clusters", population={"grade": "camelia_e"})(sensor, 0).truth
    single = truth.cluster_sizes() == 1
    assert abs(single.sum() - camelia.singles) < 5 * np.sqrt(camelia.singles)
    assert len(np.unique(truth.cluster[truth.kind == DefectKind.COLUMN])) in range(0, 15)
    deviation = np.abs(truth.severity_dn)
    assert (deviation > 0.19 * 2000).mean() > 0.6


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(isp.IspError, match="'dynamic'"):
        protocols.load("dynamc")
    with pytest.raises(isp.IspError, match="it has density_1"):
        protocols.load("dynamic").variant("density")
    with pytest.raises(isp.IspError, match="camelia_e"):
        grade.load("camelia")

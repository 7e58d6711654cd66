"""Which cluster the report shows."""

from types import SimpleNamespace

import numpy as np
import pytest

from isp.cfa import BAYER_NAMES
from isp.comparison.exhibits import Exhibit, detail_under, most_telling
from isp.defects import DefectMap
from isp.frame import Area, RawFrame
from isp.metrics.regions import clusters_of


@pytest.mark.parametrize("cfa", BAYER_NAMES)
def test_detail_counts_and_colour_and_size_alone_do_not(cfa):
    frame = RawFrame.of(np.zeros((40, 60), np.uint16), cfa, black_dn=0, white_dn=1023)
    encoded = np.array([0.7, 0.5, 0.3, 0.5])[frame.cfa.index_map(frame.shape)]  # a coloured wall
    encoded[8:16, 40:48] += np.random.default_rng(0).normal(0, 0.1, (8, 8))
    bad = np.zeros(frame.shape, bool)
    bad[5:25, 5:25] = bad[8:16, 40:48] = True
    truth = DefectMap.for_frame(*np.nonzero(bad), frame).labelled()
    case = SimpleNamespace(truth=truth, encoded=encoded, reference=frame)
    wall, detail = sorted(clusters_of(truth), key=lambda one: one.box.left)
    assert len(wall.entries) == 400 and len(detail.entries) == 64
    assert detail_under(case, wall) == pytest.approx(0, abs=1e-12)
    sites = [encoded[8 + i : 16 : 2, 40 + j : 48 : 2] for i in (0, 1) for j in (0, 1)]
    by_hand = sum(float(((one - one.mean()) ** 2).sum()) for one in sites)
    assert detail_under(case, detail) == pytest.approx(by_hand)


def shown(variant: str, detail: float, crop: str = "0:0") -> Exhibit:
    empty = np.zeros((1, 1, 3), np.uint8)
    return Exhibit("a", crop, variant, "truth", "dead", detail, Area(0, 0, 1, 1), empty, {}, {})


def test_the_report_shows_the_most_telling_of_each_variant_in_turn():
    cases = [shown(name, number, f"{number}:0") for name in "xy" for number in range(9)]
    cases += [shown("z", 0.5)]
    chosen = most_telling(cases)
    assert [(one.variant, one.detail) for one in chosen] == [
        ("x", 8), ("y", 8), ("z", 0.5), ("x", 7), ("y", 7), ("x", 6)
    ]  # fmt: skip
    for seed in range(5):  # they come as threads end, and are cut as they come
        kept: list[Exhibit] = []
        for number in np.random.default_rng(seed).permutation(len(cases)):
            kept = most_telling([*kept, cases[number]])
        assert kept == chosen

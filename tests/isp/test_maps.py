"""Merging, dilating, cutting, converting, counting and drawing maps."""

import numpy as np
import pytest
from scipy import ndimage

import isp
from isp import map_picture, maps
from isp.frame import Area

SHAPE = (20, 30)
AREA = Area(1, 2, 15, 20)


def make(seed=0, count=40, **fields):
    rng = np.random.default_rng(seed)
    fields.setdefault("active_area", AREA)
    return isp.DefectMap.of(
        rng.integers(0, SHAPE[0], count),
        rng.integers(0, SHAPE[1], count),
        SHAPE,
        kind=rng.integers(0, 15, count),
        severity_dn=rng.normal(0, 99, count),
        cfa=isp.Cfa.parse("GBRG"),
        source=f"map {seed}",
        **fields,
    )


def test_union_vote_difference():
    parts = [make(seed) for seed in range(4)]
    masks = np.array([part.mask() for part in parts])
    assert np.array_equal(maps.union(parts).mask(), masks.any(axis=0))
    for least in range(1, 5):
        voted = maps.vote(parts, least)
        assert np.array_equal(voted.mask(), masks.sum(axis=0) >= least)
    left = maps.difference(parts[0], *parts[1:])
    assert np.array_equal(left.mask(), masks[0] & ~masks[1:].any(axis=0))
    kept = {(r, c): k for r, c, k in zip(left.rows, left.cols, left.kind, strict=True)}
    first = parts[0]
    assert all(
        kept.get((r, c), k) == k for r, c, k in zip(first.rows, first.cols, first.kind, strict=True)
    )


def test_union_keeps_the_most_severe():
    one = isp.DefectMap.of([3], [4], SHAPE, severity_dn=[5.0], kind=[1])
    two = isp.DefectMap.of([3], [4], SHAPE, severity_dn=[-50.0], kind=[5])
    both = maps.union([one, two])
    assert (both.kind.tolist(), both.severity_dn.tolist()) == ([5], [-50.0])


@pytest.mark.parametrize("change", [{"active_area": Area(0, 0, 5, 5)}])
def test_other_frames_are_refused(change):
    for merge in (
        lambda m: maps.union(m),
        lambda m: maps.vote(m, 1),
        lambda m: maps.difference(*m),
    ):
        with pytest.raises(isp.IspError, match="different frames"):
            merge([make(), make(1, **change)])
    with pytest.raises(isp.IspError, match="cannot be had"):
        maps.vote([make()], 2)
    with pytest.raises(isp.IspError, match="no map"):
        maps.union([])


@pytest.mark.parametrize("pixels", [0, 1, 3])
def test_dilated(pixels):
    one = make(count=6)
    expected = ndimage.maximum_filter(one.mask().astype(int), 2 * pixels + 1, mode="constant") > 0
    grown = maps.dilated(one, pixels)
    assert np.array_equal(grown.mask(), expected)
    where = {(r, c): i for i, (r, c) in enumerate(zip(grown.rows, grown.cols, strict=True))}
    chosen = [where[r, c] for r, c in zip(one.rows, one.cols, strict=True)]
    assert np.array_equal(grown.kind[chosen], one.kind)


@pytest.mark.parametrize("capacity", [0, 1, 7, 500])
def test_limited_keeps_the_worst(capacity):
    one = make()
    cut = maps.limited(one, capacity)
    assert len(cut) == min(capacity, len(one))
    worst = np.sort(np.abs(one.severity_dn))[::-1][:capacity]
    assert np.allclose(np.sort(np.abs(cut.severity_dn))[::-1], worst)
    flat = cut.rows.astype(int) * SHAPE[1] + cut.cols
    assert (np.diff(flat) > 0).all()


def test_unknown_severity_goes_first():
    one = isp.DefectMap.of([1, 2, 3], [1, 2, 3], SHAPE, severity_dn=[np.nan, 1, np.nan])
    assert maps.limited(one, 1).rows.tolist() == [2]


def test_active_area_and_back():
    one = make()
    small = maps.to_active_area(one)
    assert small.shape == (15, 20)
    assert small.cfa == one.cfa.shifted(1, 2)
    back = maps.to_raw_frame(small, SHAPE, AREA)
    assert (back.shape, back.active_area, back.cfa) == (SHAPE, AREA, one.cfa)
    inside = one.mask()[AREA.slices]
    assert np.array_equal(back.mask()[AREA.slices], inside)
    assert back.mask().sum() == inside.sum()
    with pytest.raises(isp.IspError, match="cannot be laid"):
        maps.to_raw_frame(one, SHAPE, AREA)


def test_summary():
    one = isp.DefectMap.of(
        [0, 5, 5, 6, 10, 19],
        [0, 5, 6, 7, 10, 29],
        SHAPE,
        kind=[1, 1, 1, 1, 5, 0],
        severity_dn=[1, 2, -300, 4, np.nan, np.nan],
        active_area=AREA,
        cfa=isp.Cfa.parse("RGGB"),
    )
    counted = maps.summary(one)
    assert counted.defects == 6
    assert counted.ppm == pytest.approx(10000)
    assert counted.kinds == {"hot": 4, "unknown": 1, "dead": 1}
    assert counted.clusters == {1: 3, 3: 1}
    assert counted.sites == {"R": 2, "Gr": 1, "B": 2, "Gb": 1}
    assert (counted.in_border, counted.worst_dn) == (2, 300.0)
    empty = maps.summary(isp.DefectMap.of([], [], SHAPE))
    assert (empty.defects, empty.kinds, empty.clusters, empty.worst_dn) == (0, {}, {}, None)


def test_drawn(tmp_path):
    import cv2

    rng = np.random.default_rng(0)
    frame = isp.RawFrame.of(rng.integers(0, 1023, SHAPE).astype(np.uint16), "RGGB", white_dn=1023)
    one = isp.DefectMap.of([0, 10], [0, 12], SHAPE, kind=[1, 5])
    picture = map_picture.drawn(one, frame, ring=2)
    assert picture[0, 0].tolist() == [255, 40, 40]
    assert picture[10, 12].tolist() == [60, 120, 255]
    changed = (picture != map_picture.drawn(isp.DefectMap.of([], [], SHAPE), frame)).any(axis=2)
    assert changed.sum() <= 2 + 16 + 5
    assert not changed[11, 13]
    map_picture.save_drawn(tmp_path / "m.png", one, frame)
    assert cv2.imread(str(tmp_path / "m.png")).shape == (*SHAPE, 3)
    with pytest.raises(isp.IspError, match="is for a frame"):
        map_picture.drawn(isp.DefectMap.of([], [], (3, 3)), frame)

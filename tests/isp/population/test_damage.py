"""Damage to raw frames: exactness, physics, equality before and after black subtraction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import isp
from isp.cfa import CFA_NAMES, Cfa
from isp.frame import Area, FrameMeta, RawFrame
from isp.levels import Levels
from isp.noise import NoiseModel
from isp.population import damage
from isp.population import table as defect_table
from isp.population.model import Population

MIXED = [
    {"count": 12, "damage": {"kind": "hot", "excess": {"dn": {"median": 90, "sigma_log": 1.0}}}},
    {"count": 5, "damage": {"kind": "dead"}},
    {"count": 5, "shape": "couplet", "damage": {"kind": "warm", "excess": {"sigma": 20}}},
    {"count": 3, "damage": {"kind": "stuck", "level": {"dn": [3, 900]}}},
    {"count": 3, "damage": {"kind": "partially_stuck", "excess": {"dn": 40}, "polarity": "both"}},
    {
        "count": 2,
        "shape": "square",
        "size_px": [2, 4],
        "density": 0.6,
        "damage": [
            {"kind": "low_response", "response_percent": [10, 80]},
            {"kind": "high_response", "response_percent": 130},
        ],
    },
    {"count": 3, "damage": {"kind": "noisy", "noise": {"sigma": 5}}},
    {"count": 3, "damage": {"kind": "blinking", "amplitude": {"e": 60}, "traps": 2}},
    {
        "count": 1,
        "shape": "row",
        "size_px": "full",
        "damage": {"kind": "stuck_high"},
        "label": "row",
    },
]


def frame_of(
    shape=(61, 47),
    cfa="RGGB",
    dtype=np.uint16,
    seed=0,
    black=((256.0, 250.0), (251.0, 256.0)),
    **more,
):
    pattern = Cfa.parse(cfa)
    rng = np.random.default_rng(seed)
    white = 4095 if dtype == np.uint16 else 255
    levels = Levels.of(black if dtype == np.uint16 else 16.0, white)
    codes = rng.integers(10, white + 1, shape).astype(dtype)
    more.setdefault("noise", NoiseModel(0.7, 6.0))
    return RawFrame(codes, FrameMeta(shape, np.dtype(dtype), pattern, levels, **more))


def inject(frame, groups, seed=5):
    return isp.stage("clusters", population={"groups": groups})(frame, seed)


def check_truth(frame, injection):
    truth, after = injection.truth, injection.frame
    changed = frame.mosaic != after.mosaic
    assert not (changed & ~truth.mask()).any()
    rows, cols = truth.rows, truth.cols
    difference = after.mosaic[rows, cols].astype(float) - frame.mosaic[rows, cols]
    np.testing.assert_array_equal(truth.severity_dn, difference.astype(np.float32))


@pytest.mark.parametrize("cfa", CFA_NAMES)
@pytest.mark.parametrize("dtype", [np.uint16, np.uint8])
def test_only_marked_pixels_change_and_the_truth_is_exact(cfa, dtype):
    frame = frame_of(cfa=cfa, dtype=dtype)
    groups = [g if dtype == np.uint16 else g | {"count": 1} for g in MIXED]
    injection = inject(frame, groups)
    check_truth(frame, injection)
    assert injection.truth.cfa == frame.cfa
    assert injection.frame.mosaic.dtype == dtype
    assert len(injection.truth) > 0


def test_black_subtraction_first_or_last_gives_the_same():
    frame = frame_of()
    subtracted = isp.stage("black_level")(frame)
    raw, above = inject(frame, MIXED), inject(subtracted, MIXED)
    np.testing.assert_array_equal(isp.stage("black_level")(raw.frame).mosaic, above.frame.mosaic)
    np.testing.assert_array_equal(raw.truth.severity_dn, above.truth.severity_dn)
    np.testing.assert_array_equal(raw.truth.kind, above.truth.kind)
    assert (above.frame.mosaic < 0).any()


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(30, 50),
    width=st.integers(30, 50),
    top=st.integers(0, 5),
    left=st.integers(0, 5),
    seed=st.integers(0, 2**32),
    cfa=st.sampled_from(["RGGB", "GBRG", "XTRANS", "QUAD_BGGR", "MONO"]),
)
def test_the_active_area_is_honoured(height, width, top, left, seed, cfa):
    area = Area(top, left, height - top - 3, width - left - 2)
    frame = frame_of((height, width), cfa, active_area=area)
    injection = inject(frame, MIXED[:4] + MIXED[-1:], seed)
    truth = injection.truth
    check_truth(frame, injection)
    assert truth.active_area == area
    assert truth.rows.min() >= area.top and truth.rows.max() < area.bottom
    assert truth.cols.min() >= area.left and truth.cols.max() < area.right
    assert (truth.cols[truth.kind == isp.DefectKind.ROW].size) > area.width - 30


def test_a_seed_gives_one_result_and_another_seed_another():
    frame = frame_of()
    first, again, other = inject(frame, MIXED, 1), inject(frame, MIXED, 1), inject(frame, MIXED, 2)
    np.testing.assert_array_equal(first.frame.mosaic, again.frame.mosaic)
    assert (first.frame.mosaic != other.frame.mosaic).any()


def test_a_later_group_leaves_the_earlier_groups_draws_alone():
    frame = frame_of()
    few, more = inject(frame, MIXED[:2]), inject(frame, MIXED[:3])
    both = np.isin(more.truth.rows * 1000 + more.truth.cols, few.truth.rows * 1000 + few.truth.cols)
    np.testing.assert_array_equal(more.truth.select(both).severity_dn, few.truth.severity_dn)


def flat(level_dn, shape=(200, 200), **more):
    mosaic = np.full(shape, level_dn, np.uint16)
    levels = Levels.of(100.0, 60000.0, 65535.0)
    return RawFrame(mosaic, FrameMeta(shape, mosaic.dtype, Cfa.parse("RGGB"), levels, **more))


def test_hot_pixels_bring_their_own_shot_noise():
    frame = flat(1100, noise=NoiseModel(2.0, 0.0))
    found = inject(frame, [{"count": 20000, "damage": {"kind": "hot", "excess": {"e": 400}}}])
    excess = found.truth.severity_dn.astype(float)
    assert abs(excess.mean() - 800) < 4 * 40 / np.sqrt(20000)
    assert abs(excess.var() / (2.0**2 * 400 + 0) - 1) < 0.06


def test_hot_pixels_follow_exposure_and_temperature():
    groups = [
        {"count": 5000, "damage": {"kind": "hot", "excess": {"e_s": 1000}, "doubling_c": 6.0}}
    ]

    def excess(exposure_s, temperature_c):
        noise = NoiseModel(1.0, 4.0)
        frame = flat(1000, exposure_s=exposure_s, temperature_c=temperature_c, noise=noise)
        return inject(frame, groups).truth.severity_dn.mean()

    base = excess(1.0, 20.0)
    assert base == pytest.approx(1000, rel=0.01)
    assert excess(4.0, 20.0) / base == pytest.approx(4, rel=0.02)
    assert excess(1.0, 32.0) / base == pytest.approx(4, rel=0.02)


def test_a_share_of_hot_pixels_has_an_offset_that_does_not_follow_exposure():
    hot = {"kind": "hot", "excess": {"e_s": 0.001}, "offset": {"e": 500}, "offset_share": 0.4}
    frame = flat(1000, exposure_s=0.01, temperature_c=20.0, noise=NoiseModel(1.0, 4.0))
    excess = inject(frame, [{"count": 4000, "damage": hot}]).truth.severity_dn
    assert np.mean(excess > 200) == pytest.approx(0.4, abs=4 * np.sqrt(0.24 / 4000))


def test_excess_dark_current_is_log_normal():
    law = {"median": 200.0, "sigma_log": 0.8}
    frame = flat(1000)
    excess = inject(frame, [{"count": 8000, "damage": {"kind": "hot", "excess": {"dn": law}}}])
    logs = np.log(excess.truth.severity_dn.astype(float))
    assert logs.mean() == pytest.approx(np.log(200), abs=4 * 0.8 / np.sqrt(8000))
    assert logs.std() == pytest.approx(0.8, rel=0.04)


def test_units_of_an_amount():
    frame = flat(10100, noise=NoiseModel(1.0, 0.0))
    units = {"dn": 50, "sigma": 20, "signal_percent": 8, "range_percent": 10}
    expected = {"dn": 50, "sigma": 20 * 100, "signal_percent": 800, "range_percent": 5990}
    for unit, value in units.items():
        hot = {"kind": "partially_stuck", "excess": {unit: value}}
        found = inject(frame, [{"count": 3, "damage": hot}])
        np.testing.assert_allclose(found.truth.severity_dn, expected[unit])


def test_levels_of_stuck_pixels():
    frame = flat(10100, noise=NoiseModel(1.0, 25.0))

    def values(damage_):
        found = inject(frame, [{"count": 2000, "damage": damage_}])
        return found.frame.mosaic[found.truth.rows, found.truth.cols].astype(float)

    assert set(values({"kind": "stuck", "level": {"dn": 77}})) == {77}
    assert set(values({"kind": "stuck_high"})) == {65535}
    assert set(values({"kind": "stuck_low"})) == {100}
    dead = values({"kind": "dead"})
    assert dead.mean() == pytest.approx(100, abs=0.5) and dead.std() == pytest.approx(5, rel=0.1)
    near = values({"kind": "stuck", "level": {"signal_percent": [10, 20]}}) - 100
    off = np.abs(near / 10000 - 1)
    assert off.min() >= 0.0999 and off.max() <= 0.2001
    low = values({"kind": "low_response", "response_percent": 30})
    assert set(low) == {3100}


def test_off_rail_is_counted_on_the_encoded_scale():
    frame = flat(30000)
    damages = [
        {"kind": "hot", "excess": {"off_rail_percent": [0, 25]}},
        {"kind": "stuck_low", "level": {"off_rail_percent": [0, 25]}},
    ]
    found = inject(frame, [{"count": 4000, "damage": damages}])
    linear = (found.frame.mosaic[found.truth.rows, found.truth.cols] - 100.0) / 59900.0
    high = found.truth.kind == isp.DefectKind.HOT
    assert linear[high].min() == pytest.approx(((0.75 + 0.055) / 1.055) ** 2.4, abs=2e-3)
    assert linear[~high].max() == pytest.approx(((0.25 + 0.055) / 1.055) ** 2.4, abs=2e-3)
    assert linear[high].max() > 0.99 and linear[~high].min() < 0.001


def test_smooth_amounts_are_correlated_inside_a_cluster():
    frame = flat(30000)

    def roughness(across):
        damage_ = {"kind": "hot", "excess": {"off_rail_percent": [0, 25], "across": across}}
        found = inject(frame, [{"count": 40, "shape": "square", "size_px": 9, "damage": damage_}])
        clusters = [found.truth.severity_dn[found.truth.cluster == k] for k in range(40)]
        return np.mean(
            [np.abs(np.diff(c.reshape(9, 9), axis=0)).mean() / c.std() for c in clusters]
        )

    assert roughness("smooth") < 0.6 * roughness("pixel")


def test_nothing_passes_saturation_and_codes_stay_on_a_coarse_grid():
    shape = (64, 64)
    levels = Levels(((64.0,),), ((16000.0,),), ((16000.0,),), step_dn=4.0)
    mosaic = (np.random.default_rng(0).integers(16, 4000, shape) * 4).astype(np.uint16)
    frame = RawFrame(mosaic, FrameMeta(shape, mosaic.dtype, Cfa.parse("GRBG"), levels))
    found = inject(frame, [{"count": 500, "damage": {"kind": "hot", "excess": {"dn": [1, 20000]}}}])
    assert found.frame.mosaic.max() == 16000
    assert not (found.frame.mosaic % 4).any()


def test_a_halo_couples_into_the_four_neighbours():
    frame = flat(1000)
    hot = {"kind": "hot", "excess": {"dn": 2000}}
    found = inject(frame, [{"positions": [(10, 20)], "halo_percent": 5, "damage": hot}])
    expected = np.zeros((3, 3), int)
    expected[1, 1] = 2000
    expected[0, 1] = expected[1, 0] = expected[1, 2] = expected[2, 1] = 100
    patch = found.frame.mosaic[9:12, 19:22].astype(int) - 1000
    np.testing.assert_array_equal(patch, expected)
    assert len(found.truth) == 5 and set(found.truth.cluster) == {0}
    corner = inject(frame, [{"positions": [(0, 0)], "halo_percent": 5, "damage": hot}])
    assert len(corner.truth) == 3 and corner.frame.mosaic[0, 1] == 1100


def test_blinking_pixels_of_an_amplifier_do_not_follow_exposure():
    def spread(source, exposure_s, unit):
        damage_ = {
            "kind": "blinking",
            "source": source,
            "amplitude": {unit: 500},
            "on_hz": 1000,
            "off_hz": 1000,
            "cds_s": 1.0,
        }
        frame = flat(5000, exposure_s=exposure_s, temperature_c=20, noise=NoiseModel(1.0, 0.0))
        return inject(frame, [{"count": 4000, "damage": damage_}]).truth.severity_dn

    short, long = (spread("source_follower", t, "e") for t in (0.1, 1.0))
    assert set(np.unique(short)) == set(np.unique(long)) == {-500, 0, 500}
    assert np.mean(short == 0) == pytest.approx(0.5, abs=0.04)
    dark = [spread("dark_current", t, "e_s") for t in (0.1, 1.0)]
    on = [np.mean(d[d > 0]) for d in dark]
    assert on[1] / on[0] == pytest.approx(10, rel=0.02)
    assert np.mean(dark[1] > 0) == pytest.approx(0.5, abs=0.04)


def test_units_that_need_a_noise_model_say_so():
    with pytest.raises(isp.IspError, match=r"'e', which needs the frame's noise model"):
        inject(flat(1000), [{"count": 1, "damage": {"kind": "hot", "excess": {"e": 3}}}])


def test_a_table_of_another_sensor_is_refused():
    population = Population.model_validate(MIXED[:1])
    table = defect_table.draw(population, frame_of().meta, np.random.default_rng(0))
    with pytest.raises(isp.IspError, match="drawn for a sensor"):
        damage.apply(table, frame_of((60, 47)), np.random.default_rng(0))


def test_an_empty_population_changes_nothing():
    frame = frame_of()
    injection = inject(frame, [])
    assert len(injection.truth) == 0
    np.testing.assert_array_equal(injection.frame.mosaic, frame.mosaic)

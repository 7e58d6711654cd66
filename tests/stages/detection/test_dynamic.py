"""Single-frame detection on frames that the tests make themselves, and on real ones."""

import numpy as np
import pytest
from scipy import ndimage

import isp
from isp.cfa import BAYER_NAMES
from isp.defects import DefectKind
from isp.errors import StageError
from isp.exchange import FrameSet
from isp.frame import Area, RawFrame
from isp.metrics.detection import score_detection
from isp.noise import NoiseModel

BLACK, WHITE, GAIN, READ = 64.0, 4095.0, 1.0, 9.0
NOISE = NoiseModel(GAIN, READ)


def scene(shape, cfa, seed, fwhm_px=2.5):
    """Noise-free signal in DN: blurred overlapping discs, a slanted edge, coloured like a mosaic."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    picture = np.full((*shape, 3), 0.2)
    for radius in np.sort(rng.uniform(4, 60, 80))[::-1]:
        row, col = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        tint = rng.uniform(0.05, 0.8) * rng.uniform(0.6, 1.0, 3)
        picture[(rows - row) ** 2 + (cols - col) ** 2 < radius**2] = tint
    picture[rows > shape[0] - 60 + 0.1 * cols] = 0.05
    blurred = ndimage.gaussian_filter(picture, (fwhm_px / 2.3548, fwhm_px / 2.3548, 0))
    blurred *= (0.55, 1.0, 0.65)
    frame = RawFrame.of(np.zeros(shape, np.uint16), cfa)
    site = frame.cfa.index_map(shape)
    channel = np.array([0, 1, 2, 1, 1])[site]
    return 3500 * np.take_along_axis(blurred, channel[..., None], 2)[..., 0]


def expose(signal, cfa, seed=0, noise=NOISE, **fields):
    rng = np.random.default_rng(seed)
    codes = BLACK + signal + rng.normal(0, 1, signal.shape) * NOISE.sigma_dn(signal)
    mosaic = np.clip(np.rint(codes), 0, WHITE).astype(np.uint16)
    return RawFrame.of(mosaic, cfa, black_dn=BLACK, white_dn=WHITE, noise=noise, **fields)


def damage(frame, signal, offsets, sigmas, spacing=18, seed=5):
    """The same shape on a grid, up and down by chance; returns frame and truth."""
    rng = np.random.default_rng(seed)
    height, width = frame.shape
    corner = np.stack(
        np.meshgrid(np.arange(3, height - 14, spacing), np.arange(3, width - 14, spacing))
    )
    corner = corner.reshape(2, -1).T + rng.integers(0, 4, (corner[0].size, 2))
    places = corner[:, None] + np.array(offsets)[None]
    rows, cols = places[..., 0], places[..., 1]
    change = sigmas * NOISE.sigma_dn(signal[rows, cols])
    down = (signal[rows, cols] - change > -BLACK).all(1) & (rng.random(len(rows)) < 0.5)
    up_fits = (signal[rows, cols] + change < WHITE - BLACK).all(1)
    sign = np.where(down, -1, 1)[:, None]
    keep = down | up_fits
    mosaic = frame.mosaic.astype(float)
    mosaic[rows[keep], cols[keep]] += (sign * change)[keep]
    damaged = frame.with_mosaic(np.clip(np.rint(mosaic), 0, WHITE).astype(np.uint16), "damage")
    cluster = np.repeat(np.arange(keep.sum()), len(offsets))
    truth = isp.DefectMap.for_frame(rows[keep].ravel(), cols[keep].ravel(), frame, cluster=cluster)
    return damaged, truth


@pytest.mark.parametrize("cfa", [*BAYER_NAMES, "MONO"])
def test_singles_are_found_and_the_clean_scene_is_left_alone(cfa):
    signal = scene((360, 380), cfa, 1)
    clean = expose(signal, cfa)
    assert len(isp.stage("dynamic")(clean)) == 0
    damaged, truth = damage(clean, signal, [(0, 0)], 20)
    score = score_detection(isp.stage("dynamic")(damaged), truth)
    assert score.recall.total > 300
    assert score.recall.value >= 0.99
    assert score.false_alarms <= 1


@pytest.mark.parametrize(
    "offsets", [[(0, 0), (0, 2)], [(0, 0), (2, 0)], [(0, 0), (2, 2)], [(0, 2), (2, 0)]]
)
def test_couplets_are_found_where_min_gradient_finds_few(offsets):
    signal = scene((360, 380), "GRBG", 2)
    damaged, truth = damage(expose(signal, "GRBG"), signal, offsets, 20)
    score = score_detection(isp.stage("dynamic")(damaged), truth)
    assert score.recall.value >= 0.97
    assert score.precision.value >= 0.99
    theirs = score_detection(isp.stage("min_gradient")(damaged)[1], truth)
    assert theirs.whole.value < 0.3


@pytest.mark.parametrize(
    "offsets",
    [
        [(i, j) for i in range(2) for j in range(2)],
        [(i, j) for i in range(3) for j in range(3)],
        [(0, j) for j in range(8)],
        [(i, 0) for i in range(8)],
    ],
)
def test_small_clusters_are_found_on_calm_ground(offsets):
    signal = np.full((200, 200), 800.0) + 2 * np.arange(200)
    damaged, truth = damage(expose(signal, "BGGR"), signal, offsets, 30, spacing=30)
    score = score_detection(isp.stage("dynamic")(damaged), truth)
    assert score.recall.value >= 0.95
    assert score.false_alarms == 0


def test_every_position_of_a_frame_is_tested():
    """Rows and columns 0, 1, N-2, N-1 and the corners too, at odd sizes."""
    shape = (13, 15)
    for row in range(shape[0]):
        for col in range(shape[1]):
            signal = np.full(shape, 500.0)
            signal[row, col] += 40 * NOISE.sigma_dn(500.0)
            found = isp.stage("dynamic", lines=False)(expose(signal, "RGGB", seed=row * 20 + col))
            assert found.mask()[row, col], (row, col)


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (2, 2), (3, 5), (5, 3)])
@pytest.mark.parametrize("cfa", ["RGGB", "MONO"])
def test_tiny_frames_do_not_fail(shape, cfa):
    assert len(isp.stage("dynamic")(expose(np.full(shape, 300.0), cfa))) == 0


def test_points_of_light_are_not_claimed():
    """Stars of all brightness and places between pixels, saturated ones included."""
    rng = np.random.default_rng(4)
    signal = np.full((400, 400), 60.0)
    rows, cols = np.mgrid[:400, :400]
    for _ in range(150):
        y, x, flux = *rng.uniform(8, 392, 2), 10 ** rng.uniform(2, 5)
        near = (slice(int(y) - 8, int(y) + 9), slice(int(x) - 8, int(x) + 9))
        away = (rows[near] - y) ** 2 + (cols[near] - x) ** 2
        signal[near] += flux / (2 * np.pi * 0.85**2) * np.exp(-away / (2 * 0.85**2))
    frame = expose(np.minimum(signal, WHITE), "GRBG")
    assert len(isp.stage("dynamic")(frame)) <= 1


def test_saturated_areas_and_their_borders_are_left_alone_but_a_dead_pixel_in_them_is_found():
    signal = scene((200, 200), "RGGB", 6) + 100
    signal[60:140, 60:140] = 9000
    signal = ndimage.gaussian_filter(signal, 1.0)
    signal[100, 100] = 0
    found = isp.stage("dynamic")(expose(signal, "RGGB"))
    assert list(zip(found.rows, found.cols, strict=True)) == [(100, 100)]
    assert found.kind[0] == DefectKind.DEAD


def test_the_noise_is_estimated_where_none_is_known():
    signal = scene((360, 380), "RGGB", 1)
    damaged, truth = damage(expose(signal, "RGGB", noise=None), signal, [(0, 0)], 20)
    found = isp.stage("dynamic")(damaged)
    assert "estimated noise" in found.source
    assert score_detection(found, truth).recall.value >= 0.97


def test_a_higher_threshold_finds_less():
    signal = scene((200, 200), "RGGB", 3)
    damaged, truth = damage(expose(signal, "RGGB"), signal, [(0, 0)], 12)
    counts = [
        score_detection(isp.stage("dynamic", threshold_sigma=t)(damaged), truth).recall.hits
        for t in (6, 9, 15)
    ]
    assert counts[0] >= counts[1] > counts[2]


def test_kinds_rules_and_severity_are_told():
    signal = np.full((64, 64), 600.0)
    signal[20, 20], signal[20, 40], signal[40, 20] = WHITE, 0.0, 200.0
    found = isp.stage("dynamic")(expose(signal, "RGGB"))
    labels = {
        (int(r), int(c)): DefectKind(k)
        for r, c, k in zip(found.rows, found.cols, found.kind, strict=True)
    }
    assert labels == {
        (20, 20): DefectKind.STUCK_HIGH,
        (20, 40): DefectKind.DEAD,
        (40, 20): DefectKind.LOW_RESPONSE,
    }
    assert found.severity_dn[0] == pytest.approx(WHITE - BLACK - 600, abs=40)
    assert "single 3" in found.source


def test_claims_are_in_raw_frame_coordinates_inside_the_active_area():
    signal = np.full((60, 70), 500.0)
    signal[:, :11] = 0  # masked border with another level
    signal[7, 3] = signal[30, 31] = 2000.0
    frame = expose(signal, "GBRG", active_area=Area(5, 11, 50, 55))
    found = isp.stage("dynamic")(frame)
    assert list(zip(found.rows, found.cols, strict=True)) == [(30, 31)]


@pytest.mark.parametrize("where", [0, 1, 57, 118, 119])
@pytest.mark.parametrize("cfa", ["RGGB", "MONO"])
def test_a_bad_column_or_row_is_found_whole(where, cfa):
    rng = np.random.default_rng(0)
    signal = scene((120, 120), cfa, 8) + 200
    bad = signal.copy()
    bad[:, where] += rng.choice([-150.0, 1500.0], 120)
    found = isp.stage("dynamic")(expose(bad, cfa))
    assert (found.kind == DefectKind.COLUMN).sum() == 120
    assert set(found.cols[found.kind == DefectKind.COLUMN]) == {where}
    found = isp.stage("dynamic")(expose(bad.T.copy(), cfa))
    assert set(found.rows[found.kind == DefectKind.ROW]) == {where}


@pytest.mark.parametrize("cfa", ["RGGB", "MONO"])
def test_edges_along_the_grid_are_no_bad_lines(cfa):
    signal = np.full((160, 160), 300.0)
    signal[40:] = 2500
    signal[:, 80:] *= 0.4
    signal[100:102] = 2000
    signal = ndimage.gaussian_filter(signal, 0.65)
    found = isp.stage("dynamic")(expose(signal, cfa))
    assert not np.isin(found.kind, (DefectKind.ROW, DefectKind.COLUMN)).any()


def test_a_detector_of_one_frame_takes_several():
    signal = np.full((64, 64), 600.0)
    signal[10, 10] = 3000.0
    frames = [expose(signal, "RGGB", seed=s) for s in (1, 2)]
    found = isp.stage("dynamic")(FrameSet(scene=tuple(frames)))
    assert list(zip(found.rows, found.cols, strict=True)) == [(10, 10)]


def test_a_threshold_of_nothing_is_refused():
    with pytest.raises(StageError, match="threshold_sigma"):
        isp.stage("dynamic", threshold_sigma=0)


def headerless(path, width, height, dtype, cfa, white):
    mosaic = np.fromfile(path, dtype).reshape(height, width)
    return RawFrame.of(mosaic, cfa, white_dn=white)


def test_real_chart_shows_its_bad_column_and_next_to_nothing_else(shared_data):
    path = shared_data / "raw/infinite-isp_ColorChecker_1920x1080_12bit_BGGR.raw"
    found = isp.stage("dynamic")(headerless(path, 1920, 1080, "<u2", "BGGR", 4095))
    assert set(found.cols[found.kind == DefectKind.COLUMN]) == {1919}
    assert set(found.rows[found.kind == DefectKind.ROW]) == {0}  # all zeros in this file
    points = ~np.isin(found.kind, (DefectKind.COLUMN, DefectKind.ROW))
    border = (found.rows <= 1) | (found.rows >= 1078) | (found.cols >= 1908)
    assert (points & border).sum() >= 8  # where the paired dark frame has its faults too
    assert (points & ~border).sum() <= 3


def test_real_star_field_loses_no_bright_star(shared_data):
    fits = pytest.importorskip("astropy.io.fits")
    path = shared_data / "raw/seestar_M94_20250327-014513_GRBG_1080x1920.fit"
    frame = RawFrame.of(fits.getdata(path).astype(np.uint16), "GRBG")
    found = isp.stage("dynamic")(frame)
    signal = frame.signal()
    ring = np.ones((5, 5)) / 24
    ring[2, 2] = 0  # light beside the pixel itself
    around = ndimage.convolve(signal, ring) - ndimage.median_filter(signal, 21, mode="reflect")
    sigma = 1.4826 * np.median(np.abs(around - np.median(around)))
    stars = around > 12 * sigma
    assert stars.sum() > 500
    assert not stars[found.rows, found.cols].any()


def test_real_frame_without_hot_pixels_gives_no_defect(shared_data):
    rawpy = pytest.importorskip("rawpy")
    path = shared_data / "defects/mex2025_rpi-gs_dark_frame_c5dfe1e7.dng"
    with rawpy.imread(str(path)) as raw:
        frame = RawFrame.of(raw.raw_image.copy(), "BGGR", black_dn=60, white_dn=1023)
    assert len(isp.stage("dynamic")(frame)) == 0
    assert len(isp.stage("calibration")(FrameSet(dark=(frame,)))) == 0

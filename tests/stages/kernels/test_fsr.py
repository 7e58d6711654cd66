"""Frequency-selective reconstruction against a plain NumPy version, OpenCV and known answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from isp.cfa import CFA_NAMES, Cfa
from isp.defects import DefectMap
from stages.kernels.fsr import SIZE, SMALL_SIZE, TILE_PX, fsr_fill
from stages.kernels.fsr_windows import Settings
from stages.kernels.sparse_spectrum import fit, work_for
from stages.kernels.tiles import tiles

Array = NDArray[np.float64]


def reference_model(window: Array, weight: Array, iterations: int, step: float) -> Array:
    """The greedy fit with whole spectra, np.fft and rolled copies of the weights' spectrum."""
    size = len(window)
    residual = np.fft.fft2(window * weight)
    weights = np.fft.fft2(weight)
    model = np.zeros((size, size), complex)
    half = np.arange(size)[:, None] <= size // 2
    for _ in range(iterations):
        power = np.where(half, np.abs(residual) ** 2, -1.0)
        u, v = divmod(int(np.argmax(power)), size)
        amplitude = step * residual[u, v] / weights[0, 0]
        partners = {(u, v), (-u % size, -v % size)}
        for k, m in partners:
            value = amplitude if (k, m) == (u, v) else np.conj(amplitude)
            residual = residual - value * np.roll(weights, (k, m), (0, 1))
            model[k, m] += value
    return np.fft.ifft2(model).real * size**2


def reference_fill(values: Array, bad: NDArray[np.bool_], settings: Settings) -> Array:
    """Fill one tile of a plane: the window is centred on it, the mean is taken off."""
    rows, cols = np.nonzero(bad)
    edges = [(axis.min(), axis.max() + 1) for axis in (rows, cols)]
    size = SMALL_SIZE if max(b - a for a, b in edges) <= 4 else SIZE
    (top, centre_row), (left, centre_col) = (
        ((a + b - size) // 2, (a + b - 1) / 2) for a, b in edges
    )
    window, weight = np.zeros((size, size)), np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            r, c = top + i, left + j
            inside = 0 <= r < values.shape[0] and 0 <= c < values.shape[1]
            if inside and not bad[r, c]:
                weight[i, j] = settings.decay ** np.hypot(r - centre_row, c - centre_col)
                window[i, j] = values[r, c]
    mean = (window * weight).sum() / weight.sum()
    model = reference_model(window - mean, weight, settings.iterations, settings.step) + mean
    filled = values.copy()
    filled[bad] = model[rows - top, cols - left]
    return filled


def texture(shape: tuple[int, int], seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    picture = (
        0.4 + 0.002 * rows + 0.1 * np.sin(0.9 * rows + 0.4 * cols) + 0.05 * np.cos(cols * 0.37)
    )
    return np.asarray(picture + 0.02 * rng.standard_normal(shape), np.float32)


def block(shape: tuple[int, int], top: int, left: int, side: int) -> NDArray[np.bool_]:
    mask = np.zeros(shape, np.bool_)
    mask[top : top + side, left : left + side] = True
    return mask


def psnr_db(estimate: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    return float(-10.0 * np.log10(np.mean((estimate.astype(float) - truth) ** 2)))


@pytest.mark.parametrize(
    ("shape", "place"),
    [
        ((70, 80), (30, 33, 7)),
        ((57, 61), (20, 21, 8)),  # odd sizes, window within
        ((33, 41), (0, 35, 6)),  # corner, window larger than the array
        ((64, 64), (40, 11, 3)),  # the small window
        ((9, 5), (4, 2, 1)),
    ],
)
def test_equals_plain_numpy(shape: tuple[int, int], place: tuple[int, int, int]) -> None:
    settings = Settings(iterations=40)
    values, bad = texture(shape), block(shape, *place)
    filled, repaired = fsr_fill(values, bad, settings=settings)
    assert np.array_equal(repaired, bad)
    expected = reference_fill(values.astype(float), bad, settings)
    np.testing.assert_allclose(filled, expected, atol=2e-5)


@pytest.mark.parametrize("size", [SMALL_SIZE, SIZE])
def test_model_is_real_and_unique_at_self_conjugate_frequencies(size: int) -> None:
    """Constant, Nyquist in rows, in columns and in both: functions without a partner."""
    rows, cols = np.mgrid[:size, :size]
    signs = [np.ones((size, size)), (-1.0) ** rows, (-1.0) ** cols, (-1.0) ** (rows + cols)]
    truth = sum(a * s for a, s in zip((0.4, -0.2, 0.1, 0.3), signs, strict=True))
    weight = np.full((size, size), 0.5)
    weight[5:9, 3:7] = 0.0
    window = np.where(weight > 0, truth, 0.0).astype(np.float32)
    steps = fit(
        window,
        weight.astype(np.float32),
        work_for(size),
        400,
        np.float32(0.7),
        np.float32(1e-6),
    )
    assert 4 <= steps < 400
    np.testing.assert_allclose(window, truth, atol=1e-4)


def test_recovers_a_sparse_spectrum() -> None:
    rows, cols = np.mgrid[:90, :90]
    turn = 2.0 * np.pi / SIZE
    truth = (
        0.5
        + 0.2 * np.cos(turn * (5 * rows + 3 * cols) + 0.3)
        + 0.1 * np.cos(turn * (2 * rows - 7 * cols) + 1.1)
        + 0.05 * np.cos(turn * 11 * cols)
    ).astype(np.float32)
    bad = block(truth.shape, 40, 41, 8)
    filled, _ = fsr_fill(np.where(bad, 9.0, truth), bad, settings=Settings(iterations=2000))
    assert np.abs(filled - truth)[bad].max() < 1e-3


@pytest.mark.parametrize("name", CFA_NAMES)
def test_one_model_serves_every_pattern(name: str) -> None:
    """A grey wave under coloured light: each colour has its own level, all share the texture."""
    cfa = Cfa.parse(name).shifted(1, 0)
    shape = (61, 67)
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    wave = 0.1 * np.sin(2.0 * np.pi * (rows / 12.0 + cols / 8.0))
    truth = (np.array([0.3, 0.5, 0.4, 0.5, 0.6])[cfa.index_map(shape)] + wave).astype(np.float32)
    bad = block(shape, 25, 27, 6)
    filled, repaired = fsr_fill(truth, bad, cfa)
    assert repaired[bad].all()
    assert np.abs(filled - truth)[bad].max() < 5e-3


def test_the_mosaic_knows_more_than_its_planes() -> None:
    """A grey photograph through a Bayer filter: one model of all colours sees full sampling."""
    data = pytest.importorskip("skimage.data")
    truth = data.camera()[60:188, 180:308] / 255.0
    bad = np.random.default_rng(2).random(truth.shape) < 0.2
    values = np.where(bad, 0.0, truth).astype(np.float32)
    whole, _ = fsr_fill(values, bad, Cfa.parse("RGGB"))
    planes = values.copy()
    for i, j in np.ndindex(2, 2):
        planes[i::2, j::2], _ = fsr_fill(values[i::2, j::2], bad[i::2, j::2])
    gain_db = psnr_db(whole[bad], truth[bad]) - psnr_db(planes[bad], truth[bad])
    assert gain_db > 3.0


def test_at_least_as_good_as_opencv() -> None:
    cv2 = pytest.importorskip("cv2")
    data = pytest.importorskip("skimage.data")
    picture = np.ascontiguousarray(data.camera()[60:188, 180:308])
    bad = np.zeros(picture.shape, np.bool_)
    for top, left in ((10, 12), (30, 70), (60, 30), (64, 100), (98, 58)):
        bad[top : top + 6, left : left + 6] = True
    theirs = np.zeros_like(picture)
    valid = np.where(bad, 0, 255).astype(np.uint8)
    cv2.xphoto.inpaint(picture, valid, theirs, cv2.xphoto.INPAINT_FSR_BEST)
    truth = picture / 255.0
    ours, _ = fsr_fill(np.where(bad, 0.0, truth).astype(np.float32), bad)
    gain_db = psnr_db(ours[bad], truth[bad]) - psnr_db(theirs[bad] / 255.0, truth[bad])
    assert gain_db > 0.0


@given(
    seed=st.integers(0, 2**16),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    share=st.floats(0.0, 1.0),
    name=st.sampled_from(CFA_NAMES),
)
def test_properties(seed: int, height: int, width: int, share: float, name: str) -> None:
    """Good pixels stay, bad ones are not looked at, all that is repaired is finite and in reason."""
    rng = np.random.default_rng(seed)
    values = rng.random((height, width)).astype(np.float32)
    bad = rng.random((height, width)) < share
    settings = Settings(iterations=30)
    filled, repaired = fsr_fill(values, bad, Cfa.parse(name), settings)
    assert np.array_equal(filled[~repaired], values[~repaired])
    assert not repaired[~bad].any()
    assert np.isfinite(filled).all()
    assert np.abs(filled).max() < 5.0
    other = np.where(bad, np.float32(1e6), values).astype(np.float32)
    again, same = fsr_fill(other, bad, Cfa.parse(name), settings)
    assert np.array_equal(same, repaired)
    assert np.array_equal(again[repaired], filled[repaired])


@pytest.mark.parametrize("shape", [(48, 48), (7, 90), (1, 1)])
def test_nothing_to_go_by_is_said(shape: tuple[int, int]) -> None:
    values = texture(shape)
    filled, repaired = fsr_fill(values, np.ones(shape, np.bool_), Cfa.parse("GBRG"))
    assert not repaired.any()
    assert np.array_equal(filled, values)


def test_a_lost_colour_is_not_made_up() -> None:
    cfa = Cfa.parse("RGGB")
    values = texture((40, 40))
    red = cfa.index_map((40, 40)) == 0
    green_rows = np.zeros((40, 40), np.bool_)
    green_rows[::2] = True  # all red and half of the greens: the other greens stand in
    _, repaired = fsr_fill(values, green_rows, cfa)
    assert not repaired[red].any()
    assert repaired[green_rows & ~red].all()


def test_large_holes_are_filled_from_the_rim_inwards() -> None:
    shape = (120, 120)
    rows, cols = np.mgrid[:120, :120]
    truth = (0.3 + 0.003 * rows + 0.002 * cols).astype(np.float32)
    bad = block(shape, 30, 30, 64)  # the middle sees no good pixel
    filled, repaired = fsr_fill(np.where(bad, 0.0, truth), bad)
    assert repaired[bad].all()
    assert np.abs(filled - truth)[bad].max() < 0.15


def test_any_number_of_threads_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values = texture((300, 300))
    bad = np.random.default_rng(3).random(values.shape) < 0.01
    bad[100:112, 50:62] = True
    results = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("ISPSIM_THREADS", threads)
        results.append(fsr_fill(values, bad, Cfa.parse("BGGR"), Settings(iterations=50))[0])
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


@given(seed=st.integers(0, 2**16), share=st.floats(0.001, 0.6), side=st.integers(1, 9))
def test_tiles_hold_every_entry_once(seed: int, share: float, side: int) -> None:
    mask = np.random.default_rng(seed).random((30, 37)) < share
    defects = DefectMap.from_mask(mask)
    found = tiles(defects, side, gap=2)
    assert sorted(found.order) == list(range(len(defects)))
    for t, box in enumerate(found.box):
        entries = found.order[found.start[t] : found.start[t + 1]]
        rows, cols = defects.rows[entries], defects.cols[entries]
        extent = [rows.min(), cols.min(), rows.max() + 1, cols.max() + 1]
        assert list(box) == extent
        assert max(box[2] - box[0], box[3] - box[1]) <= side
    assert found.group_start[-1] == len(found.box)


def test_a_cluster_of_the_usual_size_is_one_tile() -> None:
    found = tiles(DefectMap.from_mask(block((40, 40), 9, 9, TILE_PX)), TILE_PX, gap=2)
    assert len(found.box) == 1

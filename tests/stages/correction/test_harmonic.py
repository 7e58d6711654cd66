import numpy as np
import pytest
from scipy import sparse
from scipy.sparse import linalg

import isp


def _direct(plane, hole):
    """Laplace's equation by a sparse direct solver; no flow through the plane's edges."""
    index = -np.ones(plane.shape, int)
    index[hole] = np.arange(hole.sum())
    system = sparse.lil_matrix((hole.sum(), hole.sum()))
    right = np.zeros(hole.sum())
    for k, (i, j) in enumerate(np.argwhere(hole)):
        for r, c in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
            if 0 <= r < plane.shape[0] and 0 <= c < plane.shape[1]:
                system[k, k] += 1
                if hole[r, c]:
                    system[k, index[r, c]] -= 1
                else:
                    right[k] += plane[r, c]
    filled = plane.copy()
    filled[hole] = linalg.spsolve(system.tocsc(), right)
    return filled


@pytest.mark.parametrize("cfa", ["GRBG", "MONO"])
def test_equals_a_direct_solution_in_every_plane(bayer_case, make_case, cfa):
    case = make_case(cfa, bayer_case.mask, bayer_case.truth)
    fixed = isp.stage("harmonic", encoding="linear")(case.frame, case.defects).mosaic - 64
    step = 1 if cfa == "MONO" else 2
    for i in range(step):
        for j in range(step):
            plane = np.s_[i::step, j::step]
            expected = _direct(case.truth[plane].astype(float), case.mask[plane])
            np.testing.assert_allclose(fixed[plane], expected, atol=0.02)


def test_a_ramp_is_restored(make_case):
    rows, cols = np.mgrid[:60, :64]
    mask = np.zeros((60, 64), bool)
    mask[20:40, 22:43] = True
    case = make_case("BGGR", mask, 100 + 4.0 * rows + 5.0 * cols)
    fixed = isp.stage("harmonic", encoding="linear")(case.frame, case.defects)
    np.testing.assert_allclose(fixed.mosaic - 64, case.truth, atol=0.1)


@pytest.mark.parametrize("encoding", ["linear", "sqrt", "srgb"])
def test_stays_between_the_good_values(bayer_case, encoding):
    repair = isp.stage("harmonic", encoding=encoding).repair(bayer_case.frame, bayer_case.defects)
    good = bayer_case.truth[~bayer_case.mask]
    assert good.min() - 0.1 <= repair.values.min() - 64
    assert repair.values.max() - 64 <= good.max() + 0.1

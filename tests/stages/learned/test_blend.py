"""The share of a Fourier fill in the values of the thorough corrector."""

from __future__ import annotations

import numpy as np

from isp.bound import stage
from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.repair import Repair
from stages.learned.clusternet.blend import with_fourier_fill


def textured(shape: tuple[int, int], dtype: type = np.uint16) -> RawFrame:
    rows, cols = np.indices(shape)
    wave = 0.4 + 0.2 * np.sin(rows / 3.1) + 0.15 * np.cos(cols / 4.7 + rows / 9.0)
    top = 255 if dtype is np.uint8 else 4095
    return RawFrame.of(np.rint(wave * top).astype(dtype), "GBRG", black_dn=0, white_dn=top)


def test_values_lie_between_the_two_opinions_by_the_share() -> None:
    frame = textured((61, 75))
    mask = np.zeros(frame.shape, bool)
    mask[20:29, 30:38], mask[0:4, 0:5], mask[60, 74] = True, True, True
    defects = DefectMap.from_mask(mask)
    first = stage("masked_mean").repair(frame, defects)
    fourier = stage("fsr").repair(frame, defects)
    mixed = with_fourier_fill(frame, defects, first, 0.3)
    np.testing.assert_allclose(mixed.values, 0.7 * first.values + 0.3 * fourier.values, rtol=1e-5)
    assert mixed.repaired.all()


def test_a_value_that_one_side_lacks_stays_as_it_is() -> None:
    frame = textured((40, 40), np.uint8)
    defects = DefectMap.of([10, 10, 30], [10, 11, 5], frame.shape)
    repaired = np.array([True, False, True])
    first = Repair(np.array([50.0, 0.0, 70.0], np.float32), repaired)
    mixed = with_fourier_fill(frame, defects, first, 0.5)
    assert mixed.values[1] == 0.0
    assert (mixed.values[[0, 2]] != first.values[[0, 2]]).all()
    np.testing.assert_array_equal(mixed.repaired, repaired)
    everything = DefectMap.from_mask(np.ones(frame.shape, bool))  # no good pixel: no Fourier fill
    given = Repair(np.full(1600, 9.0, np.float32), np.ones(1600, bool))
    np.testing.assert_array_equal(with_fourier_fill(frame, everything, given, 0.5).values, 9.0)

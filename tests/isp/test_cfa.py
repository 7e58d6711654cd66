import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isp.cfa import BAYER_NAMES, CFA_NAMES, CHANNEL_OF_SITE, Cfa
from isp.errors import FrameError


@pytest.mark.parametrize("name", CFA_NAMES)
def test_names_round_trip(name):
    assert Cfa.parse(name.lower()).name == name


@given(st.sampled_from(CFA_NAMES), st.integers(0, 20), st.integers(0, 20))
def test_shifted_sees_what_the_index_map_shows(name, row, col):
    cfa = Cfa.parse(name)
    whole = cfa.index_map((40, 40))
    assert np.array_equal(
        cfa.shifted(row, col).index_map((9, 11)), whole[row : row + 9, col : col + 11]
    )
    rows, cols = np.mgrid[row : row + 5, col : col + 5]
    assert np.array_equal(cfa.sites_at(rows, cols), whole[row : row + 5, col : col + 5])


@pytest.mark.parametrize("name", CFA_NAMES)
@pytest.mark.parametrize("site", range(5))
def test_the_first_site_of_a_colour_is_that_of_the_index_map(name, site):
    cfa = Cfa.parse(name)
    where = np.argwhere(cfa.index_map(cfa.period) == site)
    if len(where):
        assert cfa.first(site) == tuple(where[0])
    else:
        with pytest.raises(FrameError, match="has no"):
            cfa.first(site)


@pytest.mark.parametrize("name", BAYER_NAMES)
def test_gr_lies_in_red_rows_and_gb_in_blue_rows(name):
    for row in Cfa.parse(name).pattern:
        assert set(row) in ({0, 1}, {2, 3})


def test_families_and_channel_shares():
    expected = {"RGGB": "bayer", "QUAD_GBRG": "quad", "XTRANS": "xtrans", "MONO": "mono"}
    assert {name: Cfa.parse(name).family for name in expected} == expected
    xtrans = np.asarray(CHANNEL_OF_SITE)[Cfa.parse("XTRANS").index_map((6, 6))]
    assert [(xtrans == channel).sum() for channel in range(3)] == [8, 20, 8]


@pytest.mark.parametrize("pattern", [(), ((),), ((0, 1), (2,)), ((0, 9),)])
def test_impossible_patterns_are_refused(pattern):
    with pytest.raises(FrameError):
        Cfa(pattern)


def test_unknown_name_lists_the_known():
    with pytest.raises(FrameError, match="RGGB"):
        Cfa.parse("RGBG")

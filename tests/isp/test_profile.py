"""Profiles name every stage and leave the result alone."""

import itertools

import numpy as np
import pytest

import isp
from isp.frame import RawFrame
from isp.profile import profile
from isp.segments import Segment

CHAIN = ("black_level", "median8", "white_balance", "malvar", "camera_matrix", "gamma")


@pytest.mark.parametrize("by_rows", [True, False])
def test_every_strip_names_every_stage_that_computes(by_rows):
    codes = np.random.default_rng(0).integers(300, 3000, (100, 64)).astype(np.uint16)
    frame = RawFrame.of(codes, "RGGB", black_dn=256, white_dn=4095)
    ops, meta = [], frame.meta
    for name in CHAIN:
        ops.append(isp.stage(name).plan(meta))
        meta = ops[-1].out
    found = profile(Segment.of(frame.meta, ops, by_rows=by_rows), frame)
    assert found[0].rows[0] == 0 and found[-1].rows[1] == 100
    assert all(a.rows[1] == b.rows[0] for a, b in itertools.pairwise(found))
    # In rows gains wait for malvar and the matrix for gamma.
    computing = set(CHAIN) - ({"white_balance", "camera_matrix"} if by_rows else set())
    for strip in found:
        assert computing < set(strip.parts_ms)
        assert all(value >= 0 for value in strip.parts_ms.values())
        assert sum(strip.parts_ms.values()) > 0

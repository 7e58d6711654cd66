"""A stage is called with what its kind takes, or says what that is."""

import numpy as np
import pytest

import isp
from isp.defects import DefectMap
from isp.errors import StageError

FRAME = isp.RawFrame.of(np.full((16, 16), 500, np.uint16), "RGGB", black_dn=64, white_dn=1023)
MAP = DefectMap.empty(FRAME)


@pytest.mark.parametrize(
    ("name", "given", "takes"),
    [
        ("fsr", (FRAME,), r"takes \(RawFrame, DefectMap\); got \(RawFrame\)"),
        ("fsr", (MAP, FRAME), r"got \(DefectMap, RawFrame\)"),
        ("fsr", (FRAME.mosaic, MAP), r"got \(ndarray, DefectMap\)"),
        ("temporal", (FRAME, MAP), r"takes \(list of RawFrame, DefectMap\)"),
        ("temporal", ([], MAP), "got none"),
        ("dynamic", (FRAME.mosaic,), r"takes \(RawFrame, list of RawFrame or FrameSet\)"),
        ("clusters", (FRAME, "seed"), r"takes \(RawFrame, seed\)"),
        ("malvar", (FRAME, MAP), r"takes \(RawFrame\)"),
        ("gamma", (FRAME,), r"takes \(RgbFrame\)"),
        ("median8", (), r"takes \(RawFrame\); got \(\)"),
    ],
)
def test_a_wrong_call_says_what_the_stage_takes(name, given, takes):
    with pytest.raises(StageError, match=takes):
        isp.stage(name)(*given)


def test_repair_takes_what_a_call_takes():
    with pytest.raises(StageError, match=r"takes \(RawFrame, DefectMap\)"):
        isp.stage("fsr").repair(FRAME.mosaic, MAP)


def test_right_calls_go_through():
    assert isinstance(isp.stage("fsr")(FRAME, MAP), isp.RawFrame)
    assert isinstance(isp.stage("temporal")((FRAME, FRAME, FRAME), MAP), isp.RawFrame)
    assert isinstance(isp.stage("dynamic")([FRAME]), DefectMap)

import numpy as np
import pytest

from isp.bound import stage
from isp.defects import DefectMap
from isp.errors import PipelineError
from isp.exchange import Injection
from isp.frame import RawFrame, RgbFrame
from isp.pipeline import Pipeline


@pytest.fixture
def frame():
    mosaic = np.random.default_rng(0).integers(300, 3000, (41, 50), np.uint16)
    return RawFrame.of(mosaic, "GRBG", black_dn=256, white_dn=4095, white_balance=(2.0, 1.0, 1.5))


def burn(raw, rng):
    """Stick a 5×5 cluster at the file's top code, whether black is subtracted or not."""
    rows, cols = (axis.ravel() + 10 for axis in np.mgrid[:5, :5])
    mosaic = raw.mosaic.copy()
    mosaic[rows, cols] = (4095 - raw.levels.pick(raw.levels.subtracted, rows, cols)).astype(
        mosaic.dtype
    )
    truth = DefectMap.for_frame(rows, cols, raw, source="burn")
    return Injection(raw.with_mosaic(mosaic, "burn"), truth)


def test_the_default_pipeline_makes_a_picture(frame):
    state = Pipeline.of().run(frame)
    assert isinstance(state.frame, RgbFrame)
    assert state.frame.pixels.dtype == np.uint8
    assert {"black_level"} <= {name for t in state.timings for name in t.steps.split(" + ")}


@pytest.mark.parametrize(
    "order", [["black_level", "inject", "correct"], ["inject", "correct", "black_level"]]
)
def test_damage_and_repair_do_not_depend_on_black_subtraction(frame, order):
    pipeline = Pipeline.of(order).filled("correct", stage("masked_median"))
    found = pipeline.run(frame, inject=burn).frame.mosaic
    expected = Pipeline.of(["black_level"]).run(frame).frame.mosaic
    hole = burn(frame, None).truth.mask()
    assert np.array_equal(found[~hole], expected[~hole])
    first = Pipeline.of(["inject", "correct", "black_level"]).filled(
        "correct", stage("masked_median")
    )
    assert np.array_equal(found, first.run(frame, inject=burn).frame.mosaic)


def test_fused_and_single_stages_agree(frame):
    names = ["black_level", "white_balance", "highlight_clip", "malvar", "camera_matrix", "gamma"]
    whole = Pipeline.of(names).run(frame).frame.pixels
    step = frame
    for name in names:
        step = stage(name)(step)
    off = np.abs(whole.astype(int) - step.pixels)  # rounding of floats differs, the codes hardly
    assert off.max() <= 1 and np.mean(off > 0) < 1e-3


@pytest.mark.parametrize(
    "names",
    [["malvar", "black_level"], ["gamma"], ["malvar", "inject"], ["malvar", "masked_median"]],
)
def test_wrong_orders_are_refused_before_anything_runs(names):
    with pytest.raises(PipelineError, match="Order"):
        Pipeline.of(names)


def test_a_corrector_without_a_map_is_refused(frame):
    with pytest.raises(PipelineError, match="defect map"):
        Pipeline.of(["masked_median"]).run(frame)


def test_a_given_map_goes_before_the_truth(frame):
    marked = DefectMap.for_frame([0], [0], frame)
    state = Pipeline.of(["inject", "masked_median"]).run(frame, inject=burn, defects=marked)
    assert len(state.defects) == 1 and len(state.truth) == 25
    assert (state.frame.mosaic[10:15, 10:15] == 4095).all()


def test_child_seeds_do_not_move_when_a_stage_is_added(frame):
    seen = []

    def record(raw, rng):
        seen.append(rng.integers(0, 2**62))
        return burn(raw, rng)

    Pipeline.of(["inject", "black_level"]).run(frame, inject=record, seed=5)
    Pipeline.of(["black_level", "inject"]).run(frame, inject=record, seed=5)
    Pipeline.of(["inject"]).run(frame, inject=record, seed=6)
    assert seen[0] == seen[1] != seen[2]


def test_an_injector_that_stands_twice_draws_anew_and_the_first_as_if_alone(frame):
    def singles(kind, **amount):
        group = {"damage": {"kind": kind, **amount}, "count": 20}
        return {"clusters": {"population": {"groups": [group]}}}

    hot = singles("hot", excess={"range_percent": 50})
    alone = Pipeline.of([hot]).run(frame, seed=3).truth
    both = Pipeline.of([hot, singles("dead")]).run(frame, seed=3).truth
    assert both.mask()[alone.rows, alone.cols].all() and len(both) > 35
    assert len(np.unique(both.kind)) == 2

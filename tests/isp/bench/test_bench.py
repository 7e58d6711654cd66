import json

import numpy as np
import pytest

from isp.bench.references import memory_stream, opencv_plain
from isp.bench.run import CHAINS, bench
from isp.bench.stations import Stations, bench_frame
from isp.bound import Stage, stage
from isp.clock import Spread, durations_ms
from isp.comparison.damage import protocol_variants
from isp.errors import FileError, IspError
from isp.frame import RawFrame
from isp.pipeline import Pipeline
from isp.registry import stage as registered

CFAS = ["RGGB", "BGGR", "GRBG", "GBRG"]


@pytest.fixture(scope="module")
def result():
    stages = ["masked_median", "median8", "clamp", "malvar", "gamma", "white_balance", "rgb_median"]
    chains = {**CHAINS, "step by step": ("black_level", "opencv_ea", "gamma")}
    seen = []
    found = bench(
        bench_frame((96, 128)),
        stages,
        chains=chains,
        threads=(1, 2),
        damage="small/single",
        runs=3,
        progress=lambda done, total, name: seen.append((done, total)),
    )
    assert seen == [(k, 12) for k in range(12)]
    return found


def test_everything_is_timed_with_every_number_of_threads(result):
    names = [(row.name, row.threads) for row in result.rows]
    assert len(names) == len(set(names)) == 2 * 12
    assert result.skipped == {}
    for row in result.rows:
        time = row.time
        assert 0 < time.best_ms <= time.low_ms <= time.median_ms <= time.high_ms
        assert time.runs == 3 and row.pixels == 96 * 128
        assert row.megapixels_per_s == pytest.approx(96 * 128 / time.median_ms / 1e3)


def test_line_buffers_and_latency_are_the_stages_margins_and_add_up(result):
    median, malvar = result.find("median8"), result.find("malvar")
    frame = bench_frame((32, 32))
    op = stage("median8").plan(frame.meta)
    assert (median.line_buffers, median.latency_lines) == (op.above + op.below, op.below)
    chain = result.find("correct and develop")
    assert chain.line_buffers == median.line_buffers + malvar.line_buffers
    assert chain.latency_lines == median.latency_lines + malvar.latency_lines
    assert chain.steps.endswith("one segment")
    assert result.find("step by step").line_buffers is None
    assert result.find("masked_median").line_buffers is None


def test_cost_that_follows_defects_says_how_many(result):
    assert result.find("masked_median").defects == result.frame["defects"] == 24
    assert result.find("median8").defects == 0


def test_ratios_are_taken_with_as_many_threads(result):
    ratios = result.ratios()
    assert len(ratios) == 3 * 2 * 2
    one = next(r for r in ratios if (r["chain"], r["reference"], r["threads"]) == (
        "develop", "memory stream", 2))  # fmt: skip
    mine, theirs = result.find("develop", 2), result.find("memory stream", 2)
    assert one["ratio"] == pytest.approx(mine.megapixels_per_s / theirs.megapixels_per_s)


def test_the_json_is_strict_and_says_machine_and_frame(result, tmp_path):
    path = tmp_path / "bench.json"
    result.save(path)
    data = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(name))
    assert data["schema"] == "ispsim-bench/1"
    assert data["frame"]["width"] == 128 and data["frame"]["cfa"] == "RGGB"
    assert {"processor", "cores", "caches"} <= set(data["machine"])
    assert data["versions"]["numba"]
    row = data["rows"][0]
    assert row["name"] == "masked_median" and row["mp_per_s"] > 0
    assert set(row["time"]) == {"median_ms", "low_ms", "high_ms", "best_ms", "runs"}
    with pytest.raises(FileError, match="already exists"):
        result.save(path)


def test_a_stage_that_cannot_work_is_listed_and_the_rest_is_timed():
    @registered("dpc", reference="test")
    def fails(frame: RawFrame):
        """Fail."""
        raise RuntimeError("no luck")

    xtrans = RawFrame.of(np.zeros((60, 60), np.uint16), "XTRANS", white_dn=4095)
    found = bench(
        xtrans,
        ["malvar", Stage(fails.__stage__, {}), "masked_median"],
        chains={},
        threads=(1,),
        damage="small/single",
        runs=1,
    )
    assert "XTRANS" in found.skipped["malvar"]
    assert found.skipped["fails"] == "RuntimeError: no luck"
    assert [row.name for row in found.rows] == ["masked_median", "memory stream"]


def test_an_unknown_stage_or_damage_is_said():
    with pytest.raises(IspError, match="There is no stage 'medan'"):
        bench(bench_frame((64, 64)), ["medan"], damage="small/single")
    with pytest.raises(IspError, match="no variant 'pairs'"):
        bench(bench_frame((64, 64)), [], damage="small/pairs")


def test_the_thread_budget_is_given_back(monkeypatch):
    import os

    monkeypatch.setenv("ISPSIM_THREADS", "3")
    bench(bench_frame((64, 64)), ["clamp"], chains={}, threads=(1,), damage="small/single", runs=1)
    assert os.environ["ISPSIM_THREADS"] == "3"
    monkeypatch.delenv("ISPSIM_THREADS")
    bench(bench_frame((64, 64)), ["clamp"], chains={}, threads=(1,), damage="small/single", runs=1)
    assert "ISPSIM_THREADS" not in os.environ


def test_stages_stand_where_they_stand_in_a_chain():
    frame = bench_frame((64, 64))
    (variant,) = protocol_variants("small/single")
    stations = Stations(variant.damage(frame, 0))
    assert not stations.signal.levels.black.any()
    assert stations.balanced.meta.white_balance == (1.0, 1.0, 1.0)
    assert stations.input_of(stage("malvar")) is stations.balanced
    assert stations.input_of(stage("black_level")) is stations.raw
    assert stations.input_of(stage("white_balance")) is stations.signal
    assert stations.input_of(stage("rgb_median")) is stations.picture
    assert len(stations.work(stage("masked_median"))().values) == len(stations.truth)


@pytest.mark.parametrize("cfa", CFAS)
def test_plain_opencv_renders_what_our_chain_renders(cfa):
    rows, cols = np.indices((64, 96))
    smooth = np.rint(256 + 12 * rows + 20 * cols).astype(np.uint16)
    frame = RawFrame.of(smooth, cfa, black_dn=256, white_dn=4095, white_balance=(1.2, 1.0, 1.1))
    theirs = opencv_plain(frame, 1)()
    ours = (
        Pipeline.of(
            ["black_level", "white_balance", "highlight_clip", "bilinear", "camera_matrix", "gamma"]
        )
        .run(frame)
        .frame.pixels
    )
    difference = np.abs(theirs.astype(int) - ours)[2:-2, 2:-2]
    assert difference.mean() < 2


def test_the_memory_reference_copies_and_opencv_declines_what_it_cannot():
    xtrans = RawFrame.of(np.zeros((12, 12), np.uint16), "XTRANS")
    assert opencv_plain(xtrans, 1) is None
    memory_stream(xtrans, 3)()


def test_warm_up_is_not_counted_and_slow_calls_are_run_less():
    calls = []
    assert len(durations_ms(lambda: calls.append(1), 5)) == 5
    assert len(calls) == 6
    spread = Spread.of([4.0, 1.0, 3.0, 2.0, 10.0])
    assert (spread.median_ms, spread.low_ms, spread.high_ms, spread.best_ms) == (3, 2, 4, 1)


def test_two_settings_of_one_stage_are_told_apart():
    stages = [stage("masked_median", min_good=2), stage("masked_median", min_good=5), "median8"]
    found = bench(bench_frame((64, 64)), stages, chains={}, threads=(1,), runs=1)
    names = [row.name for row in found.rows if row.kind in ("corrector", "dpc")]
    assert names == [stages[0].label, stages[1].label, "median8"] and names[0] != names[1]

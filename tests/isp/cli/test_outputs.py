"""Outputs of the commands: looked at before the work, never replaced unasked, named as written."""

import numpy as np
import pytest
from typer.testing import CliRunner

import isp
from isp.cli import app


def call(*arguments, code=0):
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def raw(tmp_path):
    """A raw file of noise."""
    mosaic = np.random.default_rng(0).integers(900, 1100, (50, 70), np.uint16)
    isp.write(tmp_path / "frame.dng", isp.RawFrame.of(mosaic, "GRBG", black_dn=64, white_dn=4095))
    return tmp_path / "frame.dng"


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["develop", "{raw}"], "x.png"),
        (["detect", "{raw}"], "x.csv"),
        (["correct", "{raw}", "--stage", "median8"], "x.npy"),
        (["simulate", "scene:64x64", "--sensor", "phone"], "x.npy"),
    ],
)
def test_the_scenario_of_another_output_is_not_overwritten_without_force(
    arguments, out, raw, tmp_path
):
    beside = tmp_path / f"{out}.scenario.yaml"
    beside.write_bytes(b"precious")
    line = [*(a.format(raw=raw) for a in arguments), "-o", tmp_path / out]
    assert f"{out}.scenario.yaml" in call(*line, code=1).stderr
    assert beside.read_bytes() == b"precious"
    assert {path.name for path in tmp_path.iterdir()} <= {beside.name, "frame.dng"}
    call(*line, "--force")
    assert beside.read_bytes() != b"precious"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "{tmp}/x.npy", "--map", "{tmp}/keep.csv"], "keep.csv"),
        (["-o", "{tmp}/x.npy", "--map", "{tmp}/y.foo", "--force"], "y.foo"),
        (["-o", "{tmp}/x.npy", "--map", "{tmp}/x.npy", "--force"], "written twice"),
        (["-o", "{tmp}/x.foo"], "x.foo"),
        (["-o", "{tmp}/x.npy", "--frames", "2", "--map", "{tmp}/x-0001.npy"], "written twice"),
        (["-o", "{tmp}/x.npy", "--frames", "2", "--map", "{tmp}/y.dng"], "y.dng"),
        (["-o", "{tmp}/keep.csv/x.npy"], "is a file"),
    ],
)
def test_outputs_of_a_simulation_are_looked_at_before_any_is_written(options, words, tmp_path):
    (tmp_path / "keep.csv").write_text("mine")
    line = ["simulate", "scene:64x64", "--sensor", "phone"]
    assert words in call(*line, *(o.format(tmp=tmp_path) for o in options), code=1).stderr
    assert [path.name for path in tmp_path.iterdir()] == ["keep.csv"]
    assert (tmp_path / "keep.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["compare", "{raw}"], "report/metrics.csv"),
        (["demo"], "report/scenario.yaml"),
        (["detect", "{raw}"], "y.foo"),
        (["detect", "{raw}"], "y.dng"),
        (["correct", "{raw}", "--stage", "median8"], "y.foo"),
        (["develop", "{raw}"], "y.dng"),
    ],
)
def test_outputs_are_looked_at_before_the_work(arguments, out, raw, tmp_path, monkeypatch):
    raw.unlink()  # opening it would fail in another way
    monkeypatch.setattr("isp.tasks.demo.sensor_of", None)
    given = tmp_path / out
    if given.parent != tmp_path:
        given.parent.mkdir()
        given.write_text("mine")
        given = given.parent
    result = call(*(a.format(raw=raw) for a in arguments), "-o", given, code=1)
    assert out in result.stderr and "Internal" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "out"),
    [(["simulate", "scene:64x64", "--sensor", "phone"], "s.dng"), (["develop", "scene"], "s.png")],
)
def test_a_saved_scenario_names_the_output_that_was_written(arguments, out, tmp_path):
    call(*arguments, "--set", "output=other.dng", "-o", tmp_path / out)
    call("run", tmp_path / f"{out}.scenario.yaml", "-o", tmp_path / "again")
    assert (tmp_path / "again" / out).read_bytes() == (tmp_path / out).read_bytes()


@pytest.mark.parametrize(
    "arguments",
    [
        ["correct", "--stage", "median8"],
        ["simulate", "--sensor", "phone"],
    ],
)
@pytest.mark.parametrize("name", ["frame.dng", "sub/../frame.dng", "link.dng"])
def test_an_input_is_not_replaced_even_with_force(arguments, name, raw, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.dng").symlink_to(raw)
    before = raw.read_bytes()
    named, *options = arguments
    said = call(named, raw, *options, "-o", tmp_path / name, "--force", code=1).stderr
    assert raw.read_bytes() == before and not list(tmp_path.glob("*.yaml"))
    assert "is the input" in said


def test_a_frame_of_a_sequence_does_not_replace_an_input(raw, tmp_path):
    first = raw.rename(tmp_path / "x-0000.dng")
    line = ["simulate", first, "--sensor", "phone", "--frames", 2, "-o", tmp_path / "x.dng"]
    assert "is the input" in call(*line, "--force", code=1).stderr

"""One small comparison that all report tests look at."""

import importlib.util
from pathlib import Path

import pytest

from isp.api import compare
from isp.comparison.subject import Input, Subject, Variant
from isp.errors import FileError


def _compare_lab():
    path = Path(__file__).parents[1] / "comparison" / "conftest.py"
    spec = importlib.util.spec_from_file_location("compare_lab", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _bad():
    raise FileError("'<cut>.raw' is cut off & cannot be read.")


@pytest.fixture(scope="session")
def comparison():
    """Two inputs and a broken one, two stages and a failing one, two maps."""
    lab = _compare_lab()
    inputs = [
        Input(f"scene{k}", lambda k=k: Subject("s", *(2 * (lab.scene(seed=k, noise=None),))))
        for k in range(2)
    ]
    return compare(
        [*inputs, Input("<cut>.raw", _bad)],
        protocol=[Variant("blocks", "dead", lab.blocks), Variant("blocks", "hot", _hot(lab))],
        stages=[lab.made(lab.plane_mean), lab.made(lab.brighten), lab.made(lab.broken)],
        maps=("truth", "detected"),
        detector=lab.made(lab.at_black),
        crops=1,
        crop_size=96,
    )


def _hot(lab):
    return lambda frame, rng: lab.blocks(frame, rng, side=3, kind=1, value=lab.WHITE)

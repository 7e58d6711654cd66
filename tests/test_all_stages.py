"""Every registered stage keeps what its kind promises."""

import inspect
from pathlib import Path
from typing import Any

import pytest

import stages.learned
from isp import registry
from isp.testing import check_stage

# The Defect GAN's ways to train make one network; those that ship no weights are checked with another's.
GENERATOR = Path(stages.learned.__file__).parent / "weights" / "generative_inpainter.safetensors"
UNTRAINED = ("latent_inpainter", "latent_inpainter_blind", "inpainter", "inpainter_blind")

# Stages that cannot run without being told something, or would go on for hours.
NEEDED: dict[str, dict[str, Any]] = {
    "cluster_adapted": {"steps": 1},
    "clusters": {"protocol": "dynamic"},
    **{name: {"weights": str(GENERATOR)} for name in UNTRAINED},
}


@pytest.mark.parametrize("name", registry.stage_names())
def test_stage_keeps_its_promises(name: str) -> None:
    check_stage(name, **NEEDED.get(name, {}))


@pytest.mark.parametrize("name", registry.stage_names())
def test_what_runs_on_weights_says_that_it_was_trained(name: str) -> None:
    """Comparisons set it against the best that was not."""
    info = registry.info(name)
    assert info.learned == ("running" in inspect.signature(info.function).parameters)

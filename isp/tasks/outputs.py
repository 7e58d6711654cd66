"""Where what goes with an output is put."""

from __future__ import annotations

from pathlib import Path


def scenario_beside(output: Path) -> Path:
    """Where the resolved scenario of a single output goes."""
    return output.with_name(output.name + ".scenario.yaml")


def truth_beside(output: Path) -> Path:
    """Where the truth of a simulated output goes."""
    return output.with_name(output.stem + ".truth.csv")

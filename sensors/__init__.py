"""Sensor models and presets: one YAML file a sensor."""

from __future__ import annotations

from pathlib import Path


def table() -> dict[str, str]:
    """Map each preset's name to the function that loads it."""
    presets = (Path(__file__).parent / "presets").glob("*.yaml")
    return {path.stem: "sensors.preset:load" for path in sorted(presets)}

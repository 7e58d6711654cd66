"""``isp compare``: inputs × crops × damage × maps × stages, scored, timed, reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from isp.comparison.comparison import Comparison
from isp.comparison.finish import run_comparison
from isp.comparison.plan import Plan, plan
from isp.comparison.run import Failure, Progress
from isp.comparison.summary import SCORES
from isp.files import check_outputs
from isp.maps import TableLimits
from isp.report.folder import comparison_paths, save_comparison
from isp.scenario.load import bound_entry, save
from isp.scenario.model import Scenario
from isp.tasks.damage import variants
from isp.tasks.inputs import sources

SCENARIO_FILE = "scenario.yaml"


def compare(
    scenario: Scenario,
    folder: Path,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run a comparison and write its folder; returns the summary with lines to print."""
    made = plan_of(scenario)
    check_outputs(*outputs(folder), force=force)
    found = run_comparison(made, progress)
    report = save_comparison(found, folder, force=force)
    save(scenario, folder / SCENARIO_FILE, force=force)
    return {**summary(found), "report": str(report), "lines": [*lines(found), f"report: {report}"]}


def outputs(folder: Path) -> list[Path]:
    """What a comparison writes into its folder."""
    return [*comparison_paths(folder), folder / SCENARIO_FILE]


def plan_of(scenario: Scenario, *, crops: int | None = None) -> Plan:
    """The comparison that a scenario describes, checked."""
    spec = scenario.compare
    return plan(
        sources(scenario),
        variants(scenario),
        [bound_entry(entry) for entry in scenario.correctors],
        maps=spec.maps,
        crops=spec.crops if crops is None else crops,
        crop_size=spec.crop_size,
        repeats=spec.repeats,
        seed=scenario.seed,
        demosaic=spec.demosaic,
        detector=None if scenario.detect is None else bound_entry(scenario.detect.method),
        table=TableLimits(spec.capacity, spec.dilate_px),
    )


def summary(found: Comparison) -> dict[str, Any]:
    """Means of the main figures by damage, map and stage; what failed, and remarks."""
    blocks = [
        {
            "protocol": block.protocol,
            "variant": block.variant,
            "map": block.map,
            "stages": {
                entry.stage: {name: interval.mean for name, interval in entry.figures.items()}
                for entry in block.entries
            },
        }
        for block in found.blocks
    ]
    return {"blocks": blocks, "failures": list(map(asdict, found.failures)), "notes": found.notes}


def lines(found: Comparison) -> list[str]:
    """The main figures as a table of text."""
    text = []
    width = max(len(label) for label in [*found.stages, "stage", "clean"])
    for block in found.blocks:
        text.append(f"{block.damage} (map: {block.map})")
        text.append(f"  {'stage':<{width}}  defect pixels  defect area       time")
        text.append(f"  {'':<{width}}      PSNR / dB    PSNR / dB  ms / crop")
        shown = [entry for entry in block.entries if entry.stage != "clean"]
        text += [_line(found, entry.stage, entry.figures, width) for entry in shown]
        text += [f"  {block.unscored}"] if block.unscored else []
    helpers = [name for name in found.notes if name not in found.stages]
    text += [f"note: {name} {note}" for name in helpers for note in found.notes[name]]
    return [*text, *failure_lines(found.failures)]


def failure_lines(failures: Iterable[Failure]) -> list[str]:
    """What could not be done, a line each."""
    return [
        f"failed: {one.input}{', ' if one.stage else ''}{one.stage}: {one.reason}"
        for one in failures
    ]


def _line(found: Comparison, label: str, figures: Any, width: int) -> str:
    cells = [f"{figures[m].mean:13.2f}" if m in figures else f"{'-':>13}" for m in SCORES]
    cost = found.cost(label, "crop")
    return f"  {label:<{width}}  {''.join(cells)}  " + (f"{cost.median_ms:9.2f}" if cost else "")

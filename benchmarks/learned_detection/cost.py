"""What the detectors and correctors cost: weights, time a frame and a cluster, memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from isp.registry import stage_names

SIDE_PX = 1024
CLUSTERS = 32
REPEATS = 3
FRAMES = ("dynamic", "ae_detector", "memae_detector", "cae_detector", "intra_detector")
FILLS = ("masked_median", "navier_stokes", "fsr", "cluster", "ae", "memae", "cae", "intra")
WEIGHTS = Path(__file__).parents[2] / "stages" / "learned" / "weights"

_MEASURE = """
import json, sys, time
from pathlib import Path
import numpy as np
import isp
from isp.cfa import Cfa
from isp.exchange import FrameSet
from isp.testing import frames
name, side, clusters, repeats = sys.argv[1], *map(int, sys.argv[2:5])
frame = frames.flat(Cfa.parse("RGGB"), shape=(side, side), noise=1.0)
stage = isp.stage(name)
mask = np.zeros(frame.shape, bool)
for k in range(clusters):
    i, j = 40 + 120 * (k // 8), 40 + 120 * (k % 8)
    mask[i:i + 8, j:j + 8] = True
defects = frames.defects_of(frame, mask)
small = frames.flat(Cfa.parse("RGGB"), shape=(64, 64), noise=1.0)
detects = stage.info.kind == "detector"
if detects:
    stage(FrameSet(scene=(small,)))
else:
    stage.repair(small, frames.defects_of(small, mask[:64, :64]))
def memory(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1])
Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
before, taken = memory("VmRSS"), []
for _ in range(repeats):
    begun = time.perf_counter()
    stage(FrameSet(scene=(frame,))) if detects else stage.repair(frame, defects)
    taken.append(1e3 * (time.perf_counter() - begun))
after = memory("VmHWM")
print(json.dumps({"ms": sorted(taken)[repeats // 2], "mib": (after - before) / 1024}))
"""


def measure() -> list[dict[str, Any]]:
    """Each stage in a process of its own, so that peaks of memory do not mix."""
    found = []
    for name in (*FRAMES, *FILLS):
        if name not in stage_names():
            continue
        arguments = [sys.executable, "-c", _MEASURE, name, SIDE_PX, CLUSTERS, REPEATS]
        run = subprocess.run(
            [str(a) for a in arguments], capture_output=True, text=True, check=True
        )
        found.append({"stage": name, **json.loads(run.stdout), "weights": _weights(name)})
        print(found[-1], file=sys.stderr)
    return found


def _weights(name: str) -> int | None:
    """Number of weights in the file that ships with a stage."""
    from safetensors import safe_open

    path = WEIGHTS / f"{name.removesuffix('_detector')}.safetensors"
    if not path.is_file():
        return None
    with safe_open(path, framework="np") as file:
        shapes = [file.get_slice(key).get_shape() for key in file.keys()]  # noqa: SIM118
    total = 0
    for shape in shapes:
        count = 1
        for side in shape:
            count *= side
        total += count
    return total


def table(found: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = [
        "## Cost", "",
        f"Detectors on one flat noisy frame of {SIDE_PX}×{SIDE_PX}; correctors on {CLUSTERS} clusters of"
        f" 8×8 in it. Median of {REPEATS} runs on a machine that was busy with other work: orders of"
        " magnitude. Memory: peak over what the process held before, a frame of 64×64 done (Linux)."
        " Weights as stored, statistics included.", "",
        "| stage | weights | ms a frame | ms a cluster | memory / MiB |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for one in found:
        detects = one["stage"] in FRAMES
        frame = f"{one['ms']:.0f}" if detects else "–"
        cluster = "–" if detects else f"{one['ms'] / CLUSTERS:.2f}"
        weights = "–" if one["weights"] is None else f"{one['weights']:,}".replace(",", " ")
        lines.append(f"| `{one['stage']}` | {weights} | {frame} | {cluster} | {one['mib']:.0f} |")
    return "\n".join(lines)

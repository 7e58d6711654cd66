"""How well learned detectors find defects, what their networks repair, and what that costs.

    python -m benchmarks.learned_detection --images DIR [--files 12] [--repairs 8] [--seeds DIR]

DIR holds photographs that no network was trained on (Kodak24). Each gives a crop of 256×256 raw pixels,
``clean`` (inverse sRGB) and ``noisy`` (as a sensor preset would have taken it), with squares of 1 to 12
pixels: hot, dead and faint. ``--seeds`` names a folder ``s0``, ``s1`` … with weights of other seeds.
Writes ``results/learned_detection.md``, ``.json`` and pictures.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks.learned_detection import claims, cost, detection, pictures, repair
from benchmarks.learned_detection.contestants import detectors
from benchmarks.learned_detection.shots import shots
from benchmarks.learned_detection.verdict import VERDICT
from benchmarks.page import Page, write_page

STEM = Path(__file__).parents[1] / "results" / "learned_detection"
SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
TEXT = (
    "Detectors that learned what undamaged pictures look like (AE, MemAE, CAE, the inpainting"
    " transformer) beside the classical `dynamic`, on photographs that nobody was trained on, with"
    " squares of 1 to 12 pixels: *hot* (75 to 100 % of the range, each pixel its own), *dead* (black)"
    " and *faint* (the whole square 5 to 20 % above or below its signal)."
)


def main() -> None:
    """Parse the command line, measure, write the page."""
    options = _parser().parse_args()
    files = sorted(p for p in Path(options.images).iterdir() if p.suffix.lower() in SUFFIXES)
    taken = list(shots(files[: options.files], options.sensor))
    found = detection.measure(detectors(), taken)
    data: dict[str, Any] = {
        "detection": [
            {"detector": label, "signal": signal, **figures}
            for (label, signal), figures in found.items()
        ]
    }
    sections = [VERDICT, *detection.tables(found, options.files)]
    done = claims.shipped_claims(taken)
    data["claims"] = {name: vars(one) for name, one in done.items()}
    sections.append(claims.table(done))
    if options.seeds:
        data["seeds"] = claims.seeds(Path(options.seeds), taken)
        sections.append(claims.seed_table(data["seeds"]))
    data["repair"] = []
    for protocol in repair.PROTOCOLS:
        compared = repair.compare(files[: options.repairs], protocol)
        sections.append(repair.table(compared, options.repairs))
        data["repair"] += repair.data(compared)
    data["cost"] = cost.measure()
    sections += [cost.table(data["cost"]), _pictures(taken, options.picture)]
    command = "python -m benchmarks.learned_detection --images DIR" + (
        " --seeds DIR" if options.seeds else ""
    )
    write_page(STEM, Page("Learned detection", TEXT, command, sections), data)


def _pictures(taken: list[Any], number: int) -> str:
    shot = [one for one in taken if one.signal == "clean"][number]
    lines = [
        "## Pictures",
        "",
        f"Half-size pictures of the mosaic of `{shot.name}`. Blue in the maps: false alarms.",
    ]
    for kind in ("hot", "dead"):
        path = STEM.with_name(f"{STEM.name}_{kind}.png")
        pictures.draw(shot, kind, path)
        lines += ["", f"![{kind}]({path.name})"]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", required=True, metavar="DIR")
    parser.add_argument("--files", type=int, default=12, help="photographs for detection")
    parser.add_argument("--repairs", type=int, default=8, help="photographs for repair")
    parser.add_argument("--sensor", default="phone")
    parser.add_argument("--seeds", default="", metavar="DIR")
    parser.add_argument("--picture", type=int, default=2, help="number of the photograph to show")
    return parser


if __name__ == "__main__":
    main()

"""The Defect GAN's tables, one command for each; all write to one page.

python -m benchmarks.defect_gan fixed     --photographs DIR --faces DIR --network latent_inpainter=FILE …
python -m benchmarks.defect_gan dynamic   … the same networks on dynamic defects
python -m benchmarks.defect_gan retrained … networks retrained on dynamic defects
python -m benchmarks.defect_gan mosaic    --photographs DIR --faces DIR --network dual_encoder=[FILE] …
python -m benchmarks.defect_gan time
python -m benchmarks.defect_gan ablations --train DIR --work DIR --budget 6000
python -m benchmarks.defect_gan curves    --network "label=FILE.log.csv" …
python -m benchmarks.defect_gan page      … writes the page again from what was measured
"""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks.defect_gan import ablations, mosaic, painting, report, timing
from benchmarks.defect_gan.contestants import GIVEN, contestants, training
from benchmarks.defect_gan.options import networks, parser
from benchmarks.defect_gan.pictures import write_pictures
from benchmarks.defect_gan.samples import SETS, Sample
from benchmarks.defect_gan.score import measured
from isp.courses import draw_history, read_log
from stages.learned.defectgan.defects import Mode

MODES: dict[str, Mode] = {"fixed": "fixed", "dynamic": "dynamic", "retrained": "dynamic"}
COMMANDS = (*MODES, "mosaic", "painting", "time", "ablations", "curves", "page")
SHOWN = 4
FILL_SHOWN = "fsr" + GIVEN


def main() -> None:
    """Measure one part and write the page."""
    options = parser((__doc__ or "").partition("\n")[0], COMMANDS).parse_args()
    parts = report.load(options.output)
    command = options.command
    if command in MODES:
        parts[command] = _pictures(options)
    elif command == "mosaic":
        parts["mosaic"] = mosaic.measured(options)
    elif command == "painting":
        parts["painting"] = painting.measured(options)
    elif command == "time":
        parts["time"] = timing.measured()
    elif command == "ablations":
        for part in ablations.measured(options, parts.get("ablations", {})):
            parts["ablations"] = part
            report.write(options.output, parts)
    elif command == "curves":
        histories = {name: read_log(path) for name, path in networks(options).items()}
        name = f"{options.output.name}_curves.png"
        draw_history(histories, options.output.with_name(name))
    elif options.remarks is not None:
        parts["remarks"] = options.remarks.read_text(encoding="utf-8").strip()
    report.write(options.output, parts)


def _pictures(options: argparse.Namespace) -> dict[str, Any]:
    """Figures of one of the thesis's tables by set, and a picture for each set."""
    repairers = contestants(networks(options))
    shown = {n: r for n, r in repairers.items() if not n.endswith(GIVEN) or n == FILL_SHOWN}
    trainings = {name: training(path) for name, path in networks(options).items()}
    found: dict[str, Any] = {"trainings": trainings}
    for name, draw in SETS.items():
        folder = getattr(options, name)
        if folder is None:
            continue
        samples = draw(folder, MODES[options.command], options.draws, options.most)
        found[name] = measured(samples, repairers)
        path = options.output.with_name(f"{options.output.name}_{options.command}_{name}.png")
        write_pictures(path, _spread(samples), shown)
    return found


def _spread(samples: list[Sample]) -> list[Sample]:
    """A few samples of different images."""
    return samples[:: max(1, len(samples) // SHOWN)][:SHOWN]


if __name__ == "__main__":
    main()

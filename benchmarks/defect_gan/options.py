"""What the sub-commands are told on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results" / "defect_gan"


def parser(doc: str, commands: tuple[str, ...]) -> argparse.ArgumentParser:
    """One sub-command for each table."""
    found = argparse.ArgumentParser(prog="python -m benchmarks.defect_gan", description=doc)
    found.add_argument("command", choices=commands)
    found.add_argument("--photographs", type=Path, metavar="DIR", help="photographs, in crops")
    found.add_argument("--faces", type=Path, metavar="DIR", help="portraits, reduced to 256×256")
    found.add_argument(
        "--network", action="append", default=[], metavar="NAME=FILE",
        help="weights of a way to train; RGB, or of the packed mosaic for 'mosaic'",
    )  # fmt: skip
    found.add_argument("--draws", type=int, default=4, help="samples of each picture")
    found.add_argument("--most", type=int, help="pictures of each folder; all where not given")
    found.add_argument("--train", type=Path, metavar="DIR", help="'ablations': training pictures")
    found.add_argument("--budget", type=int, default=2400, help="'ablations': samples a training")
    found.add_argument("--only", default="", help="'ablations': names, separated by semicolons")
    found.add_argument("--work", type=Path, help="'ablations': folder for weights and logs")
    found.add_argument(
        "--remarks", type=Path, metavar="FILE", help="'page': Markdown to put into it"
    )
    found.add_argument("--output", type=Path, default=RESULTS, help="page to write to, no suffix")
    return found


def networks(options: argparse.Namespace) -> dict[str, Path]:
    """Weights by the name of their way to train."""
    pairs = (given.partition("=") for given in options.network)
    return {name: Path(file) for name, _, file in pairs}

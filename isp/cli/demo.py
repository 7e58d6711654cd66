"""``isp demo``."""

from pathlib import Path
from typing import Annotated

import typer

from isp.cli.common import Common, command, show
from isp.cli.progress import progress_bar


@command
def command_function(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder to write.")
    ] = Path("isp-demo"),
    *,
    common: Common,
) -> None:
    """Compare correctors on a synthetic frame with a damaged sensor: needs no file."""
    from isp.tasks.demo import demo

    with progress_bar("demo", quiet=common.as_json) as progress:
        result = demo(output, seed=common.seed, force=common.force, progress=progress)
    show(result, common, result["lines"])

"""The stages of ispsim: one method a file, a folder a kind.

`table` lists them by file name, so that adding a file adds a stage; nothing is imported for it.
"""

from __future__ import annotations

import pkgutil
from pathlib import Path

_NOT_STAGES = {"kernels"}


def table() -> dict[str, str]:
    """Map each stage to ``module:function``: function ``<name>`` of ``stages/<kind>/<name>.py``."""
    found: dict[str, str] = {}
    for folder in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not folder.ispkg or folder.name in _NOT_STAGES:
            continue
        for module in pkgutil.iter_modules([str(Path(__file__).parent / folder.name)]):
            if not module.ispkg and not module.name.startswith("_"):
                found[module.name] = f"stages.{folder.name}.{module.name}:{module.name}"
    return found

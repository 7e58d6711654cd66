"""The machine and the versions a result was made with."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "numpy",
    "numba",
    "torch",
    "rawpy",
    "scipy",
    "opencv-contrib-python-headless",
    "scikit-image",
    "colour-science",
)


def versions() -> dict[str, str]:
    """Versions of ispsim, Python and the packages that compute, by distribution name."""
    from isp import __version__

    found = {"ispsim": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None


def _caches() -> dict[str, str]:
    """Size of each cache of the first core by its level (``L2``, ``L1 data``), where Linux tells."""
    found = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            level, kind, size = (
                (index / name).read_text().strip() for name in ("level", "type", "size")
            )
        except OSError:
            continue
        found[f"L{level}" if kind == "Unified" else f"L{level} {kind.lower()}"] = size
    return found


def environment() -> dict[str, Any]:
    """Machine and versions: what stands in every result's folder. Names nobody and no path."""
    from isp.threads import thread_budget

    return {
        "versions": versions(),
        "machine": {
            "system": f"{platform.system()} {platform.release()}",
            "processor": _cpu_name(),
            "cores": os.cpu_count(),
            "threads": thread_budget(),
            "caches": _caches(),
            "memory_gib": _memory_gib(),
            "byte_order": sys.byteorder,
        },
    }

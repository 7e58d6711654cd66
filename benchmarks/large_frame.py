"""Peak memory of a frame that is read from a memory-mapped file and developed into another.

Pages of mapped files count as resident while the system keeps them, so input and output are in the peak;
what stands above them is what the program itself needs.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.speed import CHAIN, framed
from isp.render import renderer

SLAB = 32  # rows written at a time


def peak_bytes() -> int:
    """Largest resident memory so far; getrusage would start with the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def write_input(path: Path, shape: tuple[int, int]) -> None:
    """A file of noise, written without holding the frame."""
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for top in range(0, shape[0], SLAB):
            rows = min(SLAB, shape[0] - top)
            file.write(rng.integers(200, 4000, (rows, shape[1]), np.uint16).tobytes())


def main() -> None:
    shape = int(sys.argv[1]), int(sys.argv[2])
    render = renderer(CHAIN)
    # Load and compile before counting; the noise keeps one slab's memory, too.
    render(framed(np.full((256, 256), 300, np.uint16)))
    with tempfile.TemporaryDirectory() as folder:
        write_input(Path(folder) / "in.raw", shape)
        before = peak_bytes()
        mosaic = np.memmap(Path(folder) / "in.raw", np.uint16, "r", shape=shape)
        picture = np.memmap(Path(folder) / "out.rgb", np.uint8, "w+", shape=(*shape, 3))
        start = time.perf_counter()
        render(framed(mosaic), out=picture)
        duration_s = time.perf_counter() - start
        peak = peak_bytes()
        needed = peak - before - mosaic.nbytes - picture.nbytes
        found = {
            "pixels": shape[0] * shape[1],
            "input_mb": mosaic.nbytes / 1e6,
            "output_mb": picture.nbytes / 1e6,
            "peak_rss_mb": peak / 1e6,
            "start_rss_mb": before / 1e6,
            "above_input_and_output_mb": needed / 1e6,
            "duration_s": duration_s,
        }
        print(json.dumps(found))


if __name__ == "__main__":
    main()

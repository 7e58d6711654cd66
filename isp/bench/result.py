"""What a benchmark found, and the JSON that it is kept as."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from isp.clock import Spread
from isp.files import atomic
from isp.profile import StripCost

SCHEMA = "ispsim-bench/1"
MEMORY = "memory stream"  # the reference that moves bytes and computes nothing


@dataclass(frozen=True)
class BenchRow:
    """The cost of one stage, chain or reference with one number of threads.

    Parameters
    ----------
    name : str
        The stage, with its parameters where it is timed twice; or the name of the chain or reference.
    kind : str
        The stage's kind, ``chain`` or ``reference``.
    threads : int
        Threads of the engine and of OpenCV.
    time : Spread
        Median and quartiles in ms, warm-up excluded.
    pixels : int
        Pixels of the frame.
    defects : int
        Marked pixels, for stages whose cost follows them; else 0.
    line_buffers, latency_lines : int or None
        Rows of the frame that hardware has to hold, and rows it runs behind; None for stages that are
        not local.
    steps : str
        The stages of a chain, with how they were run.
    bytes_per_pixel : int or None
        What has to be read and written for a pixel of the frame at the least: input and output once.
    """

    name: str
    kind: str
    threads: int
    time: Spread
    pixels: int
    defects: int = 0
    line_buffers: int | None = None
    latency_lines: int | None = None
    steps: str = ""
    bytes_per_pixel: int | None = None

    @property
    def megapixels_per_s(self) -> float:
        """Pixels of the frame over the median."""
        return self.pixels / self.time.median_ms / 1e3


@dataclass(frozen=True)
class Benchmark:
    """All rows of one run on one machine.

    Parameters
    ----------
    rows : list of BenchRow
        Stages, chains and references.
    skipped : dict
        Stage to the reason why it was not timed.
    frame : dict
        Size, type and CFA of the frame, and what damaged it.
    environment : dict
        Machine and versions.
    profiles : dict
        Chain to the time of each stage in each strip, for chains that run as one segment.
    """

    rows: list[BenchRow]
    skipped: dict[str, str]
    frame: dict[str, Any]
    environment: dict[str, Any]
    profiles: dict[str, list[StripCost]] = field(default_factory=dict)

    def find(self, name: str, threads: int = 1) -> BenchRow:
        """The row of a stage, chain or reference. Raises `KeyError` where there is none."""
        for row in self.rows:
            if (row.name, row.threads) == (name, threads):
                return row
        raise KeyError((name, threads))

    def ratios(self) -> list[dict[str, Any]]:
        """Each chain's throughput over each reference's with as many threads."""
        references = [row for row in self.rows if row.kind == "reference"]
        return [
            {
                "chain": chain.name,
                "reference": one.name,
                "threads": chain.threads,
                "ratio": chain.megapixels_per_s / one.megapixels_per_s,
            }
            for chain in self.rows
            if chain.kind == "chain"
            for one in references
            if one.threads == chain.threads
        ]

    def memory_share(self, row: BenchRow) -> float | None:
        """Traffic of a row over what the memory stream of this run moves with as many threads."""
        limits = [one for one in self.rows if (one.name, one.threads) == (MEMORY, row.threads)]
        if not limits or row.bytes_per_pixel is None or limits[0].bytes_per_pixel is None:
            return None
        moved = row.bytes_per_pixel * row.megapixels_per_s
        return moved / (limits[0].bytes_per_pixel * limits[0].megapixels_per_s)

    def data(self) -> dict[str, Any]:
        """The benchmark as plain data (schema ``ispsim-bench/1``)."""
        return {
            "schema": SCHEMA,
            "frame": self.frame,
            "rows": [
                asdict(row)
                | {"mp_per_s": row.megapixels_per_s, "memory_share": self.memory_share(row)}
                for row in self.rows
            ],
            "ratios": self.ratios(),
            "skipped": self.skipped,
            "profiles": {
                name: [asdict(strip) for strip in strips] for name, strips in self.profiles.items()
            },
            **self.environment,
        }

    def save(self, path: Path | str, *, force: bool = False) -> None:
        """Write the data as strict JSON. Raises `FileError` where the file is there and not forced."""
        text = json.dumps(self.data(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        with atomic(path, force=force) as temporary:
            temporary.write_text(text, encoding="utf-8")

"""The page of the speed benchmark: tables, charts, the machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

AIMS = {
    "Halide": 1.5,
    "OpenCV expert": 2.0,
    "OpenCV usual": 7.0,
    "LibRaw PPG": 15.0,
    "colour-demosaicing Malvar": 100.0,
}
REPAIR_AIMS_MS = {"masked_median": 3.0, "harmonic": 15.0, "fsr": 1000.0}
OURS, LIMIT = "ispsim", "memory limit"


def write_page(result: dict[str, Any], folder: Path) -> None:
    """Write ``speed.json``, ``speed.md`` and the charts."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "speed.json").write_text(text + "\n", encoding="utf-8")
    parts = [_head(result), *(_duel(one) for one in result["duels"])]
    if "scaling" in result:
        parts += [
            _scaling(result["scaling"]),
            _defects(result["defects"]),
            _sequences(result["sequences"]),
            _registers(result["registers"]),
            _memory(result["memory"]),
        ]
        _chart_scaling(result["scaling"], folder / "speed_scaling.svg")
        _chart_defects(result["defects"], folder / "speed_defects.svg")
    _chart_duels(result["duels"], folder / "speed_opponents.svg")
    (folder / "speed.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _table(head: list[str], rows: list[list[str]]) -> str:
    line = "|".join("---" if k == 0 else "--:" for k in range(len(head)))
    return "\n".join(
        [f"| {' | '.join(r)} |" for r in [head]]
        + [f"|{line}|"]
        + [f"| {' | '.join(r)} |" for r in rows]
    )


def _head(result: dict[str, Any]) -> str:
    machine = result["machine"]
    told = ", ".join(
        f"{key}: {value}" for key, value in machine.items() if not isinstance(value, dict)
    )
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    chain = " → ".join(result["chain"])
    return f"""# Speed

Made by `python -m benchmarks.speed`. The chain is {chain}:
12-bit codes in uint16 in, sRGB in uint8 out, memory to memory. Contestants take turns in one process.
*MP/s* is from the median of wall time, with quartiles; *per CPU second* counts the processor time of all
threads and is what other programs on the machine disturb least. A ratio is ispsim's figure over the
opponent's; the share of the limit is of what copying 5 bytes a pixel takes. What the opponents leave
out is to their advantage: Halide's pipeline writes planes and has no borders to treat, OpenCV and
colour-demosaicing repair no defects, the latter does nothing but demosaic.

Machine: {told}.
Versions: {versions}.

![Opponents](speed_opponents.svg)"""


def _duel(duel: dict[str, Any]) -> str:
    own = _find(duel["rows"], OURS)
    limit = _find(duel["rows"], LIMIT)
    rows = []
    for one in duel["rows"]:
        wall = own["mp_per_s"] / one["mp_per_s"]
        used = own["mp_per_cpu_s"] / one["mp_per_cpu_s"]
        aim = AIMS.get(one["name"]) if duel["threads"] > 1 else None  # the aims are for all cores
        verdict = "" if aim is None else ("reached" if wall >= aim else "missed")
        rows.append(
            [
                one["name"],
                f"{one['median_ms']:.1f} ({one['low_ms']:.1f}–{one['high_ms']:.1f})",
                f"{one['mp_per_s']:.0f}",
                f"{one['best_mp_per_s']:.0f}",
                f"{one['mp_per_cpu_s']:.0f}",
                f"{100 * one['mp_per_cpu_s'] / limit['mp_per_cpu_s']:.0f} %",
                f"{wall:.2f}",
                f"{used:.2f}",
                "" if aim is None else f"{aim:g}",
                verdict,
            ]
        )
    head = [
        "",
        "ms (quartiles)",
        "MP/s",
        "best",
        "MP per CPU s",
        "of the limit",
        "ratio",
        "ratio, CPU",
        "aim",
        "",
    ]
    busy = f"Programs that wanted a core before this run began (load average): {duel['load_before']:.1f}."
    return f"## {duel['frame']}, {duel['threads']} thread(s)\n\n{busy}\n\n{_table(head, rows)}"


def _find(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(one for one in rows if one["name"] == name)


def _scaling(scaling: list[dict[str, Any]]) -> str:
    rows = []
    for one in scaling:
        own, limit = _find(one["rows"], OURS), _find(one["rows"], LIMIT)
        rows.append(
            [
                f"{one['pixels'] / 1e6:.1f}",
                str(one["threads"]),
                f"{own['median_ms']:.2f}",
                f"{own['mp_per_s']:.0f}",
                f"{own['best_mp_per_s']:.0f}",
                f"{own['mp_per_cpu_s']:.0f}",
                f"{100 * own['mp_per_cpu_s'] / limit['mp_per_cpu_s']:.0f} %",
            ]
        )
    head = ["MP", "threads", "ms", "MP/s", "best", "MP per CPU s", "of the limit"]
    return f"## Frame size and threads\n\n{_table(head, rows)}\n\n![Scaling](speed_scaling.svg)"


def _defects(defects: list[dict[str, Any]]) -> str:
    rows = [
        [
            one["name"],
            str(one["clusters"]),
            str(one["pixels"]),
            f"{one['median_ms']:.2f}",
            f"{one['best_ms']:.2f}",
            f"{one['best_cpu_ms']:.2f}",
            f"{REPAIR_AIMS_MS[one['name']]:g}" if one["clusters"] == 1000 else "",
        ]
        for one in defects
    ]
    head = ["corrector", "clusters", "pixels", "ms", "best", "best, CPU", "aim"]
    told = "Repair of known clusters of 7 to 12 pixels on a 12 MP frame."
    return (
        f"## Number of defects\n\n{told}\n\n{_table(head, rows)}\n\n![Defects](speed_defects.svg)"
    )


def _sequences(found: list[dict[str, Any]]) -> str:
    head = ["frames", "number", "frames/s in memory", "frames/s with files"]
    rows = [
        [
            one["frame"],
            str(one["frames"]),
            f"{one['fps_in_memory']:.1f}",
            f"{one['fps_with_files']:.1f}",
        ]
        for one in found
    ]
    told = "Reading (npy), developing and writing (npy) overlap; the files are in the page cache."
    return f"## Sequences\n\n{told}\n\n{_table(head, rows)}"


def _registers(found: dict[str, dict[str, int]]) -> str:
    head = ["row kernel", "512 bits", "256 bits", "128 bits"]
    rows = [
        [name, *(str(counts[k]) for k in ("zmm", "ymm", "xmm"))] for name, counts in found.items()
    ]
    told = "How often the machine code of each row kernel names vector registers of each width."
    return f"## Are the loops vectors?\n\n{told}\n\n{_table(head, rows)}"


def _memory(found: dict[str, Any]) -> str:
    return f"""## Memory

A frame of {found["pixels"] / 1e6:.0f} MP from a memory-mapped file ({found["input_mb"]:.0f} MB)
into another ({found["output_mb"]:.0f} MB): the peak of resident memory is
{found["above_input_and_output_mb"]:.1f} MB above the program at rest plus input and output (aim: at
most 16). It took {found["duration_s"]:.1f} s, the files in the page cache."""


def _figure(width: float, height: float) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "ispsim"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(width, height), layout="constrained")
    return figure, axes


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot

    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _chart_duels(duels: list[dict[str, Any]], path: Path) -> None:
    figure, axes = _figure(8, 4)
    names = [one["name"] for one in duels[0]["rows"]]
    for k, duel in enumerate(duels):
        values = [_find(duel["rows"], name)["mp_per_s"] for name in names]
        places = [n + 0.8 * k / len(duels) for n in range(len(names))]
        label = f"{duel['frame']}, {duel['threads']} thread(s)"
        axes.barh(places, values, 0.8 / len(duels), label=label)
    axes.set_yticks([n + 0.3 for n in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("MP/s (median of wall time)")
    axes.legend()
    _save(figure, path)


def _chart_scaling(scaling: list[dict[str, Any]], path: Path) -> None:
    figure, axes = _figure(7, 4)
    for threads in sorted({one["threads"] for one in scaling}):
        chosen = [one for one in scaling if one["threads"] == threads]
        for name, style in ((OURS, "-o"), (LIMIT, ":")):
            values = [_find(one["rows"], name)["best_mp_per_s"] for one in chosen]
            sizes = [one["pixels"] / 1e6 for one in chosen]
            axes.plot(sizes, values, style, label=f"{name}, {threads} thread(s)")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("frame size [MP]")
    axes.set_ylabel("MP/s (best)")
    axes.legend()
    _save(figure, path)


def _chart_defects(defects: list[dict[str, Any]], path: Path) -> None:
    figure, axes = _figure(7, 4)
    for name in dict.fromkeys(one["name"] for one in defects):
        chosen = [one for one in defects if one["name"] == name]
        axes.loglog(
            [one["clusters"] for one in chosen],
            [one["best_ms"] for one in chosen],
            "-o",
            label=name,
        )
    axes.set_xlabel("clusters of 7 to 12 pixels")
    axes.set_ylabel("ms (best)")
    axes.legend()
    _save(figure, path)

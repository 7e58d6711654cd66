"""Tables of the page: the thesis's figures, ours, and the differences, side by side."""

from __future__ import annotations

from typing import Any

from benchmarks.defect_gan.ablations import GROUPS, THESIS_SAYS
from benchmarks.defect_gan.score import Results, interval
from benchmarks.defect_gan.thesis import INFERENCE_MS, METRICS, TABLES
from benchmarks.page import table, with_interval

MOSAIC_COLUMNS = {
    "area_psnr_db": ("defect-area PSNR / dB", 2),
    "area_ssim": ("defect-area SSIM / %", 1),
    "defect_psnr_db": ("defect-pixel PSNR / dB", 2),
    "global_psnr_db": ("global PSNR / dB", 2),
    "good_changed_ppm": ("good pixels changed / ppm", 0),
    "ring_rmse_encoded": ("error of the ring, encoded", 4),
}


def samples_of(results: Results) -> str:
    """How much was measured on."""
    images = len(set(results["images"]))
    return f"{len(results['images'])} samples of {images} images"


def pictures_table(part: str, results: Results) -> str:
    """All contestants of one of the thesis's tables, best defect PSNR first, its figures beside ours."""
    theirs = TABLES[part]
    names = list(results["values"])
    names.sort(key=lambda n: -interval(results, n, "area_psnr_db").mean)
    rows = []
    for name in names:
        cells = [f"`{name}`"]
        for metric in METRICS:
            ours = interval(results, name, metric)
            cells.append(with_interval(ours, 2 if metric.endswith("db") else 1))
            paper = theirs.get(name, {}).get(metric)
            cells.append("" if paper is None else f"{paper:.2f} ({ours.mean - paper:+.2f})")
        rows.append(cells)
    head = ["repaired by"]
    for label in METRICS.values():
        head += [label, "thesis"]
    return table(head, rows, right=True)


def trainings_table(trainings: dict[str, dict[str, Any]]) -> str:
    """How the networks of a table were trained, as their files say."""
    head = list(next(iter(trainings.values())))
    rows = [[f"`{name}`", *(str(one[key]) for key in head)] for name, one in trainings.items()]
    return table(["trained", *(key.replace("_", " ") for key in head)], rows, right=True)


def mosaic_table(results: Results) -> str:
    """Stages on the mosaic, best defect area first."""
    values = results["values"]
    names = [name for name in values if name != "clean" and "area_psnr_db" in values[name]]
    names.sort(key=lambda n: -interval(results, n, "area_psnr_db").mean)
    rows = []
    for name in names:
        cells = [
            with_interval(interval(results, name, metric), digits)
            if metric in values[name]
            else "–"
            for metric, (_, digits) in MOSAIC_COLUMNS.items()
        ]
        rows.append([f"`{name}`", *cells])
    return table(["stage", *(label for label, _ in MOSAIC_COLUMNS.values())], rows, right=True)


def painting_table(part: dict[str, Results]) -> str:
    """Uses of one network with the map, best at full density first."""
    first = next(iter(part.values()))
    names = sorted(first["values"], key=lambda n: -interval(first, n, "defect_psnr_db").mean)
    rows = [
        [
            name,
            *(
                with_interval(interval(results, name, "defect_psnr_db"), 2)
                for results in part.values()
            ),
        ]
        for name in names
    ]
    return table(
        ["marked pixels", *(f"{variant}: PSNR / dB" for variant in part)], rows, right=True
    )


def time_table(rows: list[dict[str, Any]]) -> str:
    """Inference time by size, a line for each precision and number of threads."""
    kinds = dict.fromkeys((row["device"], row["dtype"], row["threads"]) for row in rows)
    found = [["thesis: RTX 4090", *(f"{ms:.0f}" for ms in INFERENCE_MS.values())]]
    for device, dtype, threads in kinds:
        mine = [
            r for r in rows if (r["device"], r["dtype"], r["threads"]) == (device, dtype, threads)
        ]
        cells = [f"{r['median_ms']:.0f} [{r['low_ms']:.0f}, {r['high_ms']:.0f}]" for r in mine]
        found.append([f"{device}, {dtype}, threads: {threads}", *cells])
    return table(["ms for a picture", *(f"{side} px" for side in INFERENCE_MS)], found, right=True)


def ablation_table(part: dict[str, Any]) -> str:
    """Trainings that differ in one choice, group by group, with what the thesis found."""
    rows = []
    for group, names in GROUPS.items():
        for name in (name for name in names if name in part["runs"]):
            run = part["runs"][name]
            rows.append(
                [
                    f"{group}: {name}",
                    f"{run['score']:.1f}",
                    f"{run['area_psnr_db']:.2f}",
                    f"{100 * run['area_ssim']:.1f}",
                    f"{run['global_psnr_db']:.2f}",
                    f"{100 * run['global_ssim']:.1f}",
                    f"{run['cpu_s']:.0f}",
                    THESIS_SAYS[group] if name == names[0] else "",
                ]
            )
    head = ["changed", "model score", *METRICS.values(), "CPU s", "the thesis's order"]
    return table(head, rows, right=True)

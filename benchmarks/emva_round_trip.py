"""Whether simulated sensors behave like their figures: EMVA 1288's procedure on every preset.

    python -m benchmarks.emva_round_trip

Each preset takes its own characterisation frames; what the procedure finds in them stands beside what
the preset says. Writes ``results/emva_round_trip.md`` and ``.json``, and ``data/emva_round_trip.csv``.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from benchmarks.page import Page, write_page
from isp.files import atomic
from isp.seeds import child_rng
from sensors import preset
from sensors.emva import Characteristics, characterise
from sensors.model import SensorModel

HERE = Path(__file__).parent
SHAPE = (512, 768)
ENOUGH_NOISE_DN = 0.6
"""Noise in the dark from which the converter's steps no longer distort its estimate."""
LARGEST_GAIN = 64.0
FIGURES = {
    "gain_dn_e": "K [DN/e⁻]",
    "dark_noise_e": "σ_d [e⁻]",
    "dsnu_e": "DSNU1288 [e⁻]",
    "prnu_percent": "PRNU1288 [%]",
    "dark_current_e_s": "dark current [e⁻/s]",
    "doubling_c": "doubling [°C]",
}


def main() -> None:
    """Characterise every preset that the standard applies to; write page and table."""
    rows, skipped = [], []
    for name in preset.names():
        sensor = preset.load(name)
        gain = _gain(sensor)
        if gain > LARGEST_GAIN or sensor.dark_current_e_s == 0:
            skipped.append(name)
            continue
        print(name, file=sys.stderr)
        chip = sensor.chip(SHAPE, child_rng(1, name, "chip"), defects=False)
        found = characterise(chip, child_rng(1, name, "frames"), gain=gain)
        rows += _rows(name, gain, _expected(sensor, gain), found)
    _write_table(rows)
    page = Page(
        "EMVA 1288 round trip",
        "Every preset is characterised from its own frames by the photon transfer, dark current and"
        " nonuniformity procedures of EMVA 1288, on one draw of the sensor. *z* is the deviation in"
        " standard errors, which the scatter between 16 bands of rows tells; the column offsets are"
        " common to all bands, so z overstates the deviation of DSNU where they count. The analogue"
        " gain is the smallest power of two with at least 0.6 DN of noise in the dark.",
        "python -m benchmarks.emva_round_trip",
        [
            _markdown(rows),
            f"The standard does not apply to (noise far below one code): {', '.join(skipped)}.",
        ],
    )
    write_page(HERE / "results" / "emva_round_trip", page, {"rows": rows, "skipped": skipped})


def _gain(sensor: SensorModel) -> float:
    gain = 1.0
    while sensor.gain_dn_e(gain) * _dark_noise_e(sensor, gain) < ENOUGH_NOISE_DN:
        gain *= 2
    return gain


def _dark_noise_e(sensor: SensorModel, gain: float) -> float:
    converter = sensor.adc_noise_dn / sensor.gain_dn_e(gain)
    return float(np.sqrt(sensor.read_noise_e**2 + sensor.row_noise_e**2 + converter**2))


def _expected(sensor: SensorModel, gain: float) -> dict[str, float]:
    return {
        "gain_dn_e": sensor.gain_dn_e(gain),
        "dark_noise_e": _dark_noise_e(sensor, gain),
        "dsnu_e": float(np.hypot(sensor.dsnu_e, sensor.column_pattern_e)),
        "prnu_percent": sensor.prnu_percent,
        "dark_current_e_s": sensor.dark_current_e_s,
        "doubling_c": sensor.dark_doubling_c,
    }


def _rows(
    name: str, gain: float, expected: dict[str, float], found: Characteristics
) -> list[dict[str, object]]:
    rows = []
    for key, true in expected.items():
        estimate = getattr(found, key)
        rows.append(
            {
                "sensor": name,
                "gain": gain,
                "figure": key,
                "preset": true,
                "found": estimate.value,
                "error": estimate.error,
                "z": (estimate.value - true) / estimate.error,
            }
        )
    return rows


def _markdown(rows: list[dict[str, object]]) -> str:
    lines = [
        "| sensor | gain | figure | preset | found | ± | deviation | z |",
        "|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        true, found = float(row["preset"]), float(row["found"])  # type: ignore[arg-type]
        lines.append(
            f"| {row['sensor']} | {row['gain']:g} | {FIGURES[str(row['figure'])]} | {true:.5g} |"
            f" {found:.5g} | {row['error']:.2g} | {100 * (found / true - 1):+.2f} % | {row['z']:+.1f} |"
        )
    return "\n".join(lines)


def _write_table(rows: list[dict[str, object]]) -> None:
    with (
        atomic(HERE.parent / "data" / "emva_round_trip.csv", force=True) as path,
        path.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})


if __name__ == "__main__":
    main()

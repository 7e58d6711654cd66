"""Whether sums of latent vectors superimpose defect shapes, and what the shapes look like.

    isp train vae --images EMPTY --budget 90k -o two.safetensors
    python -m benchmarks.shape_vae --weights two.safetensors [--weights three.safetensors ...]

Each family of a weights file is a network of its own with shapes of its own: they are the seeds. Writes
``results/shape_vae.md``, ``.json`` and pictures ``shape_vae_*.png``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.page import Page, write_page
from isp.bound import stage
from isp.cfa import Cfa
from isp.files import atomic
from stages.learned.shape_vae.family import LIT, Family
from stages.learned.shape_vae.network import SIDE
from stages.learned.shape_vae.weights import load_families

RESULTS = Path(__file__).parent / "results"
THRESHOLD = 0.3
HELD = 0.5
"""Share of a parent's pixels from which a superposition is said to contain it."""

SAMPLES = 12
Masks = NDArray[np.float32]


def main() -> None:
    """Measure every weights file, draw the first, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--weights", action="append", required=True, type=Path)
    options = parser.parse_args()
    measured = [_measured(path) for path in options.weights]
    families, _ = load_families(options.weights[0])
    _draw(families)
    page = Page(
        "Shapes from a variational autoencoder",
        "A few shapes, 500 copies of each, 20 epochs (G. Malyshev et al., GraphiCon 2021): does the sum"
        " of two clusters' latent vectors decode to both shapes? A parent's *share* is the share of its"
        f" pixels (amplitude ≥ {LIT:g}) that the superposition holds (amplitude ≥ {THRESHOLD:g});"
        " *lesser* is the smaller share of the two. *Chance* is the share that as many pixels, placed"
        " at random, would hold: the superposition's area. *Third* is the share of the shape that is"
        f" not in the sum. *Both*: pairs of which the lesser parent is held to {HELD:.0%}. *Plain* adds"
        " the clusters' means as the paper does; *balanced* weighs them so that the lesser is held"
        " best; they are looked for on a grid by this very measure, less what lies beside both."
        " Families are independent: shapes, weights and order differ; ± is their standard deviation.",
        "python -m benchmarks.shape_vae "
        + " ".join(f"--weights {p.name}" for p in options.weights),
        [_table(measured), *_pairs(measured), _gallery()],
    )
    write_page(RESULTS / "shape_vae", page, {"threshold": THRESHOLD, "weights": measured})


def _measured(path: Path) -> dict[str, Any]:
    families, about = load_families(path)
    return {
        "file": path.name,
        "latent": families[0].network.latent,
        "samples": about.get("samples"),
        "masks": about.get("masks"),
        "families": [_family(family) for family in families],
    }


def _family(family: Family) -> dict[str, Any]:
    """How well single shapes come back, and what the sums of all pairs hold."""
    mean, deviation = family.clusters
    count = len(family.masks)
    alone = family.decoded(mean)
    return {
        "means": mean.tolist(),
        "deviation": float(deviation.mean()),
        "own_share": [float(family.shares(alone[k], THRESHOLD)[k]) for k in range(count)],
        "pairs": [_pair(family, pair) for pair in combinations(range(count), 2)],
    }


def _pair(family: Family, pair: tuple[int, int]) -> dict[str, Any]:
    found: dict[str, Any] = {"parents": list(pair)}
    for name, weights in (("plain", None), ("balanced", family.balanced(pair, THRESHOLD))):
        mask = family.decoded(family.summed(pair, weights)[None])[0]
        shares = family.shares(mask, THRESHOLD)
        others = [k for k in range(len(shares)) if k not in pair]
        found[name] = {
            "shares": [float(shares[k]) for k in pair],
            "chance": float((mask >= THRESHOLD).mean()),
            "third": float(shares[others].mean()) if others else None,
            "weights": None if weights is None else list(weights),
        }
    return found


def _table(measured: Sequence[dict[str, Any]]) -> str:
    rows = [
        "## Pairs of shapes",
        "",
        "| latent | sum | own share, alone | lesser share | chance | third | both |",
        "|--:|---|--:|--:|--:|--:|--:|",
    ]
    for one in measured:
        own = _spread([np.mean(f["own_share"]) for f in one["families"]])
        for way in ("plain", "balanced"):
            of = [[p[way] for p in f["pairs"]] for f in one["families"]]
            lesser = _spread([np.mean([min(s["shares"]) for s in sums]) for sums in of])
            chance, third = (
                _spread([np.mean([s[what] for s in sums]) for sums in of])
                for what in ("chance", "third")
            )
            pairs = [pair for sums in of for pair in sums]
            both = sum(min(pair["shares"]) >= HELD for pair in pairs)
            rows.append(
                f"| {one['latent']} | {way} | {own} | {lesser} | {chance} | {third} |"
                f" {both} of {len(pairs)} |"
            )
    return "\n".join(rows)


def _pairs(measured: Sequence[dict[str, Any]]) -> list[str]:
    """Every pair of every family: shares of the two parents, plain and balanced."""
    sections = []
    for one in measured:
        rows = [
            f"## Latent dimension {one['latent']}: every pair",
            "",
            f"{one['samples']} masks seen; shapes of the families in turn: {one['masks']}.",
            "",
            "| family | pair | plain | chance | balanced | chance | weights |",
            "|--:|---|--:|--:|--:|--:|--:|",
        ]
        for number, family in enumerate(one["families"]):
            for pair in family["pairs"]:
                plain, even = pair["plain"], pair["balanced"]
                rows.append(
                    f"| {number} | {pair['parents'][0]} + {pair['parents'][1]} | {_two(plain['shares'])}"
                    f" | {plain['chance']:.2f} | {_two(even['shares'])} | {even['chance']:.2f} |"
                    f" {_two(even['weights'])} |"
                )
        sections.append("\n".join(rows))
    return sections


def _spread(values: Sequence[Any]) -> str:
    return f"{np.mean(values):.2f} ± {np.std(values, ddof=1) if len(values) > 1 else 0:.2f}"


def _two(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.2f}" for value in values)


def _gallery() -> str:
    return "\n\n".join(
        f"## {title}\n\n![{title}](shape_vae_{name}.png)"
        for name, title in (
            ("latent", "The latent space: where the clusters lie, and what is decoded on the way"),
            ("sums", "Every pair of the first weights file: parents, plain sum, balanced sum"),
            ("samples", "What the shape stage draws: alone, of two and of three shapes"),
        )
    )


def _draw(families: Sequence[Family]) -> None:
    if families[0].network.latent == 2:
        _latent_map(families)
    _save("sums", _sums(families), 3)
    _save("samples", _samples(), 3)


def _latent_map(families: Sequence[Family]) -> None:
    """Clusters with one deviation, over decoded masks on a grid of the plane."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Ellipse

    figure = Figure(figsize=(4 * len(families), 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    for number, (family, axes) in enumerate(
        zip(families, np.ravel(figure.subplots(1, len(families))), strict=True)
    ):
        mean, deviation = family.clusters
        reach = 1.6 * float(np.abs(mean).max())
        places = np.linspace(-reach, reach, 13)
        grid = np.array([[x, -y] for y in places for x in places], np.float32)
        picture = _tiled(family.decoded(grid), 13)
        axes.imshow(picture, cmap="gray_r", extent=(-reach, reach, -reach, reach), vmin=0, vmax=1.3)
        for k, (centre, width) in enumerate(zip(mean, deviation, strict=True)):
            axes.add_patch(Ellipse(centre, *(2 * width), fill=False, color="tab:red", lw=1.5))
            axes.annotate(str(k), centre, color="tab:red", fontsize=14, ha="center", va="center")
        axes.set_title(f"family {number}")
        axes.set_xlabel("latent 1")
    with atomic(RESULTS / "shape_vae_latent.png", force=True) as path:
        figure.savefig(path, format="png", dpi=90)


def _sums(families: Sequence[Family]) -> Masks:
    """A row for each pair: the two parents, their plain and their balanced sum."""
    rows = []
    for family in families:
        for pair in combinations(range(len(family.masks)), 2):
            latent = [family.summed(pair), family.summed(pair, family.balanced(pair, THRESHOLD))]
            rows.append(
                np.concatenate([family.masks[list(pair)], family.decoded(np.stack(latent))])
            )
    half = -(-len(rows) // 2)
    blank = [np.zeros_like(rows[0])] * (2 * half - len(rows))
    gap = np.zeros((1, SIDE, SIDE), np.float32)
    lines = zip(rows[:half], [*rows[half:], *blank], strict=True)
    return _tiled(np.concatenate([np.concatenate([a, gap, b]) for a, b in lines]), 9)


def _samples() -> Masks:
    """Masks as the stage gives them, three rows of one, two and three shapes."""
    drawn = []
    for superimposed in (1, 2, 3):
        shape = stage("vae", superimposed=superimposed)
        rng = np.random.default_rng(superimposed)
        for _ in range(SAMPLES):
            mask = shape(rng, (SIDE, SIDE), Cfa.parse("MONO"))
            field = np.zeros((SIDE, SIDE), np.float32)
            field[: mask.shape[0], : mask.shape[1]] = mask
            drawn.append(field)
    return _tiled(np.stack(drawn), SAMPLES)


def _tiled(masks: Masks, columns: int) -> Masks:
    """Masks in rows of so many, a line between them."""
    framed = np.pad(masks, ((0, 0), (1, 1), (1, 1)), constant_values=0.35)
    side = framed.shape[1]
    rows = framed.reshape(-1, columns, side, side).transpose(0, 2, 1, 3)
    return rows.reshape(-1, columns * side)


def _save(name: str, picture: Masks, zoom: int) -> None:
    """Write a picture, dark where a mask is 1."""
    import cv2

    codes = np.rint(255 * (1 - picture.clip(0, 1))).astype(np.uint8).repeat(zoom, 0).repeat(zoom, 1)
    with atomic(RESULTS / f"shape_vae_{name}.png", force=True) as path:
        path.write_bytes(cv2.imencode(".png", codes)[1].tobytes())


if __name__ == "__main__":
    main()

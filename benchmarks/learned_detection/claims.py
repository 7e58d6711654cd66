"""What the papers say of the networks, measured: who lightens, who removes, who blurs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.learned_detection.shots import SIZES, Shot
from isp.frame import RawFrame
from isp.metrics.detection import auroc
from isp.metrics.encoding import encoded_mosaic
from isp.metrics.pixels import psnr_db
from stages.learned.autoencoders.reconstructor import SURROUNDINGS, Reconstructor
from stages.learned.autoencoders.residual import findings
from stages.learned.autoencoders.sizes import STEP
from stages.learned.autoencoders.weights import load_network, shipped
from stages.learned.fullframe.reconstruct import reconstruct
from stages.learned.running.place import Place

NAMES = ("ae", "memae", "cae")
SEEDS = (0, 1, 2)
RING_PX = 8

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Claims:
    """What a network does to pictures, over some shots.

    Parameters
    ----------
    psnr_db : float
        Of the whole reconstruction of undamaged frames, encoded levels.
    ssim : float
        Of the same, mean over colour planes.
    sharpness : float
        Energy of the differences of neighbours of one colour, reconstruction over frame.
    ring_db : float
        PSNR of the reconstruction in the undamaged ring round clusters, of damaged frames.
    left : dict of str to float
        Share of a defect that the reconstruction keeps, by kind and size: 1 as it was, 0 gone.
    """

    psnr_db: float
    ssim: float
    sharpness: float
    ring_db: float
    left: dict[str, float]


def measure(network: Reconstructor, taken: Sequence[Shot]) -> Claims:
    """Measure a network on the noise-free shots."""
    whole: list[Floats] = []
    ssims, ring, energy = [], [], np.zeros(2)
    left: dict[str, list[float]] = {}
    for shot in (one for one in taken if one.signal == "clean"):
        clean = encoded_mosaic(shot.whole)
        made = made_of(network, shot.whole)
        whole.append(made - clean)
        ssims.append(plane_ssim(clean, made))
        energy += [_detail(made), _detail(clean)]
        for kind in ("hot", "dead"):
            frame, truth = shot.damaged[kind]
            damaged, after = encoded_mosaic(frame), made_of(network, frame)
            around = ndimage.binary_dilation(truth.mask(), iterations=RING_PX) & ~truth.mask()
            ring.append((after - clean)[around])
            sizes = truth.cluster_sizes()
            change = (damaged - clean)[truth.rows, truth.cols]
            kept = (after - made)[truth.rows, truth.cols]
            for side in SIZES:
                mine = sizes == side * side
                # Projection on the damage itself: pixels with little of it say little.
                share = float((kept * change)[mine].sum() / (change**2)[mine].sum())
                left.setdefault(f"{kind} {side}", []).append(share)
    return Claims(
        psnr_db(np.concatenate([w.ravel() for w in whole])),
        float(np.mean(ssims)),
        float(energy[0] / energy[1]),
        psnr_db(np.concatenate(ring)),
        {key: float(np.mean(values)) for key, values in left.items()},
    )


def made_of(network: Reconstructor, frame: RawFrame) -> Floats:
    """The reconstruction as encoded levels."""
    made = reconstruct(frame, network, multiple=STEP, overlap_px=SURROUNDINGS, place=_place())
    return encoded_mosaic(frame, made)


def plane_ssim(one: Floats, other: Floats) -> float:
    """Mean SSIM of the four colour planes."""
    from skimage.metrics import structural_similarity

    planes = [(slice(i, None, 2), slice(j, None, 2)) for i in range(2) for j in range(2)]
    return float(np.mean([structural_similarity(one[p], other[p], data_range=1.0) for p in planes]))


def _detail(codes: Floats) -> float:
    return float(
        sum(
            (np.diff(codes[i::2, j::2], axis=a) ** 2).sum()
            for i in (0, 1)
            for j in (0, 1)
            for a in (0, 1)
        )
    )


def shipped_claims(taken: Sequence[Shot]) -> dict[str, Claims]:
    """Of the networks that ship."""
    return {name: measure(shipped(name, "", _place())[0], taken) for name in NAMES}


def _place() -> Place:
    return Place.of("cpu", "float32")


def table(found: dict[str, Claims]) -> str:
    """Markdown of the shipped networks."""
    keys = [f"{kind} {side}" for kind in ("hot", "dead") for side in SIZES]
    header = ["network", "PSNR / dB", "SSIM", "detail kept, %", "ring PSNR / dB",
              *(f"{k.split()[0]} {k.split()[1]}×{k.split()[1]}" for k in keys)]  # fmt: skip
    lines = [
        "## Who lightens, who removes, who blurs", "",
        "Reconstructions of noise-free frames, nobody told where the damage is. *PSNR*, *SSIM*: of"
        " undamaged frames, encoded levels. *Detail kept*: energy of the differences of neighbours of one"
        " colour, reconstruction over frame. *Ring*: the undamaged 8 pixels round clusters of damaged"
        " frames. Last columns: how much of a defect is left in the reconstruction, %: 100 as it was,"
        " 0 gone.", "",
        "| " + " | ".join(header) + " |", "|" + "---|" * len(header),
    ]  # fmt: skip
    for name, one in found.items():
        cells = [name, f"{one.psnr_db:.2f}", f"{one.ssim:.4f}", f"{100 * one.sharpness:.0f}",
                 f"{one.ring_db:.2f}", *(f"{100 * one.left[k]:.0f}" for k in keys)]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def seeds(folder: Path, taken: Sequence[Shot]) -> list[dict[str, Any]]:
    """Every network of every seed that a folder ``s0``, ``s1`` … holds."""
    found = []
    for name in NAMES:
        for seed in SEEDS:
            path = folder / f"s{seed}" / f"{name}.safetensors"
            if path.is_file():
                network, about = load_network(path, name)
                one = measure(network, taken)
                found.append({
                    "network": name, "seed": seed, "psnr_db": one.psnr_db, "ssim": one.ssim,
                    "left_hot_1": one.left["hot 1"], "left_hot_4": one.left["hot 4"],
                    "auroc_hot_1": _auroc(network, taken, 1), "auroc_hot_4": _auroc(network, taken, 4),
                    "held_out_db": about["validation"]["score"],
                })  # fmt: skip
    return found


def _auroc(network: Reconstructor, taken: Sequence[Shot], side: int) -> float:
    """Of hot squares of one size in clean frames, by the L1 residual."""
    good, bad = [], []
    place = Place.of("cpu", "float32")
    for shot in (one for one in taken if one.signal == "clean"):
        frame, truth = shot.damaged["hot"]
        scores = findings(frame, network, "l1", place).score
        mine = truth.cluster_sizes() == side * side
        good.append(scores[~truth.mask()])
        bad.append(scores[truth.rows[mine], truth.cols[mine]])
    return auroc(np.sort(np.concatenate(good)), np.concatenate(bad))


def seed_table(found: Sequence[dict[str, Any]]) -> str:
    """Markdown of the seeds."""
    lines = [
        "## The spread of seeds", "",
        "The same training with other seeds; seed 0 ships.", "",
        "| network | seed | held-out PSNR / dB | PSNR / dB | SSIM | left of hot 1×1, % | of hot 4×4, % |"
        " AUROC hot 1×1 | hot 4×4 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for one in found:
        cells = [one["network"], str(one["seed"]), f"{one['held_out_db']:.2f}",
                 f"{one['psnr_db']:.2f}", f"{one['ssim']:.4f}", f"{100 * one['left_hot_1']:.0f}",
                 f"{100 * one['left_hot_4']:.0f}", f"{one['auroc_hot_1']:.3f}",
                 f"{one['auroc_hot_4']:.3f}"]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)

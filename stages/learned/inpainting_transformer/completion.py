"""Levels of unknown pixels: windows encoded, put through the network and decoded."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from stages.learned.inpainting_transformer.codes import Coded, encode
from stages.learned.inpainting_transformer.network import (
    InpaintingTransformer,
    patches_of,
    windows_of,
)


@dataclass(frozen=True, eq=False)
class Prediction:
    """Patches of windows, both (N, H, 4·K²).

    Parameters
    ----------
    levels : tensor
        White-balanced levels.
    deviation : tensor
        Their expected absolute error; 0 where the network predicts none.
    """

    levels: Tensor
    deviation: Tensor


def complete(
    network: InpaintingTransformer, levels: Tensor, known: Tensor, wanted: Tensor
) -> Prediction:
    """Predict the wanted patches of windows.

    Parameters
    ----------
    network : InpaintingTransformer
        Of local positions.
    levels, known : tensors (N, 4, n, n)
        White-balanced levels, and 1 where they are known.
    wanted : int tensor (N, H)
        Patches to predict. A network of the readout ``mean`` predicts one after the other, each hidden
        alone and whole.
    """
    if network.shape.readout == "own":
        return _together(network, levels, known, wanted)
    parts = [_alone(network, levels, known, place[:, None]) for place in wanted.unbind(1)]
    return Prediction(
        torch.cat([p.levels for p in parts], dim=1), torch.cat([p.deviation for p in parts], dim=1)
    )


def _together(
    network: InpaintingTransformer, levels: Tensor, known: Tensor, wanted: Tensor
) -> Prediction:
    coded = encode(levels, known, network.shape.levelled)
    codes, log_spread = network(coded.values, known, wanted)
    if log_spread is None:
        return _decoded(coded, codes.float(), torch.zeros_like(codes, dtype=torch.float32))
    fill = patches_of(coded.values, network.shape.patch)
    fill = fill.gather(1, wanted[..., None].expand(-1, -1, fill.shape[-1]))
    return _decoded(coded, codes.float() + fill, log_spread.float().clamp(-8, 4).exp())


def _alone(
    network: InpaintingTransformer, levels: Tensor, known: Tensor, place: Tensor
) -> Prediction:
    """One patch, of which nothing is seen, not by the fill of others either."""
    seen = patches_of(known, network.shape.patch)
    seen = seen.scatter(1, place[..., None].expand(-1, -1, seen.shape[-1]), 0.0)
    return _together(network, levels, windows_of(seen, network.shape.patch), place)


def _decoded(coded: Coded, codes: Tensor, spread: Tensor) -> Prediction:
    """Codes of patches as levels: the windows' tables, a value for every pixel of a patch."""
    pixels = codes.shape[-1] // coded.mean.shape[1]
    mean = coded.mean.flatten(1).repeat_interleave(pixels, dim=1)[:, None]
    scale, contrast = (table.flatten(1)[:, None] for table in (coded.scale, coded.contrast))
    flat = Coded(coded.values, coded.known, scale, mean, contrast, coded.levelled)
    return Prediction(flat.level(codes), flat.deviation(codes, spread))

"""Levels of unknown pixels: windows encoded, put through the network and decoded."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from stages.learned.inpainting_transformer.codes import Coded, encode
from stages.learned.inpainting_transformer.network import InpaintingTransformer, patches_of


@dataclass(frozen=True, eq=False)
class Prediction:
    """Patches as codes, with what decodes them.

    Parameters
    ----------
    codes, deviation : tensors (N, H, C·K²)
        Predicted codes of the wanted patches; expected absolute error (0 where the network says none).
    coded : Coded
        The windows they belong to.
    """

    codes: Tensor
    deviation: Tensor
    coded: Coded

    def _plane(self, table: Tensor) -> Tensor:
        """A per-plane table (N, 4, 1, 1) for patches' values (N, 1, C·K²)."""
        pixels = self.codes.shape[-1] // table.shape[1]
        return table.flatten(1).repeat_interleave(pixels, dim=1)[:, None]

    def _spread_out(self) -> Coded:
        c = self.coded
        flat = (c.scale.flatten(1)[:, None], self._plane(c.mean), c.contrast.flatten(1)[:, None])
        return Coded(c.values, c.known, *flat, c.levelled)

    def levels(self) -> Tensor:
        """Predicted white-balanced levels, (N, H, C·K²)."""
        return self._spread_out().level(self.codes)

    def level_deviation(self) -> Tensor:
        """Expected absolute error of the levels."""
        return self._spread_out().deviation(self.codes, self.deviation)

    def shown(self) -> Tensor:
        """Predicted codes as levels about 0 to 1."""
        return self.coded.shown(self.codes)


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
    coded = encode(levels, known, network.shape.levelled)
    if network.shape.readout == "mean":
        parts = [
            network(coded.values, known, wanted[:, i : i + 1])[0] for i in range(wanted.shape[1])
        ]
        codes = torch.cat(parts, dim=1).float()
        return Prediction(codes, torch.zeros_like(codes), coded)
    codes, log_spread = network(coded.values, known, wanted)
    codes = codes.float()
    if log_spread is None:
        return Prediction(codes, torch.zeros_like(codes), coded)
    fill = patches_of(coded.values, network.shape.patch)
    fill = fill.gather(1, wanted[..., None].expand(-1, -1, fill.shape[-1]))
    return Prediction(codes + fill, log_spread.float().clamp(-8, 4).exp(), coded)

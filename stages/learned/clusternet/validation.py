"""Held-out windows, judged as the product is: encoded PSNR on the bad pixels against the first fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from isp.transfer import srgb_encoded
from stages.kernels.cluster_window import CORE, PEDESTAL, RIM
from stages.learned.clusternet.network import ClusterNet
from stages.learned.clusternet.sampling import Batch, draw
from stages.learned.clusternet.shapes import FAMILIES
from stages.learned.training.pictures import Pictures

POOL = 3
"""Windows whose errors are pooled before the logarithm: about as many as clusters in a crop."""

CHUNK = 64


@dataclass(frozen=True)
class Validation:
    """Fixed windows of each judged family, without noise."""

    batches: dict[str, Batch]

    @staticmethod
    def of(pictures: Pictures, count: int = 450, seed: int = 999) -> Validation:
        """Draw `count` windows of each family but the mixed one."""
        names = FAMILIES[:3]
        shares = np.eye(len(FAMILIES))
        return Validation(
            {
                n: draw(pictures, seed + i, count, shares[i], augment=False)
                for i, n in enumerate(names)
            }
        )

    def gains_db(self, network: ClusterNet) -> dict[str, float]:
        """Lead over the first fill per family, in dB of pooled encoded PSNR."""
        return {
            name: _psnr_db(batch, predict(network, batch)) - _psnr_db(batch, 0 * batch.target)
            for name, batch in self.batches.items()
        }


def predict(network: ClusterNet, batch: Batch) -> NDArray[np.float32]:
    """Residuals of a batch's windows, (N, CORE, CORE, 4)."""
    parts = []
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(batch.features), CHUNK):
            features = torch.from_numpy(batch.features[start : start + CHUNK]).permute(0, 3, 1, 2)
            insets = batch.inset[start : start + CHUNK].tolist()
            parts.append(network(features, insets)[0].float())
    return np.asarray(torch.cat(parts).permute(0, 2, 3, 1).numpy())


def _psnr_db(batch: Batch, residual: NDArray[np.float32]) -> float:
    inner = slice(RIM, RIM + CORE)
    scale, mean, spread = (batch.statistics[:, i, None, None, None] for i in range(3))
    fill = batch.features[:, inner, inner, :4]

    def encoded(codes: NDArray[np.float32]) -> NDArray[np.float64]:
        return srgb_encoded((np.maximum(codes * spread + mean, 0.0) ** 2 - PEDESTAL) * scale)

    bad = batch.weight > 0
    error = (encoded(fill + batch.target) - encoded(fill + residual)) ** 2 * bad
    whole = len(error) // POOL * POOL
    pooled = error[:whole].reshape(-1, POOL * error[0].size).sum(1)
    count = bad[:whole].reshape(-1, POOL * error[0].size).sum(1)
    return float(np.mean(-10 * np.log10(pooled / np.maximum(count, 1) + 1e-8)))

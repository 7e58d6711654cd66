"""How long one picture takes the generator, at the thesis's sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.defect_gan.thesis import INFERENCE_MS
from isp.clock import Spread, durations_ms
from isp.threads import thread_budget
from stages.learned.defectgan.network import Generator
from stages.learned.running.place import Place
from stages.learned.running.threads import torch_threads


def measured() -> list[dict[str, Any]]:
    """Milliseconds for one RGB picture of each size, by precision and threads."""
    rows = []
    for dtype in dict.fromkeys((Place.of().dtype, torch.float32)):
        place = Place(Place.of().device, dtype)
        network = place.ready(Generator(3))
        for threads in sorted({1, thread_budget()}):
            with torch_threads(threads):
                for side in INFERENCE_MS:
                    picture = np.random.default_rng(0).random((1, 3, side, side), np.float32)
                    spread = Spread.of(durations_ms(lambda: place.run(network, picture)))  # noqa: B023
                    rows.append(
                        {
                            "side_px": side,
                            "device": place.device.type,
                            "dtype": str(dtype).removeprefix("torch."),
                            "threads": threads,
                            **{key: round(value, 2) for key, value in vars(spread).items()},
                        }
                    )
    return rows

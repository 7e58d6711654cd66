"""Where a network runs and in which precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from isp.errors import StageError
from isp.params import FilePath, ParameterSet
from isp.threads import thread_budget

Precision = Literal["auto", "float32", "bfloat16"]
Device = Literal["auto", "cpu", "cuda"]


class Running(ParameterSet):
    """What every stage that runs a network lets a user choose.

    Parameters
    ----------
    device : str
        ``auto`` (CUDA where there is one), ``cpu`` or ``cuda``.
    precision : str
        ``auto`` (bfloat16 where the hardware has it), ``float32`` or ``bfloat16``.
    weights : str
        A file that ``isp train`` wrote for the network, in place of the shipped weights.
    """

    device: Device = Field(default="auto", description="where the network runs")
    precision: Precision = Field(
        default="auto", description="auto: bfloat16 where the hardware has it"
    )
    weights: FilePath = Field(default="", description="weights file; the shipped one where empty")


class ExactRunning(Running):
    """The same in float32, unless told otherwise: bfloat16 rounds at the height of a sensor's noise."""

    precision: Precision = Field(
        default="float32", description="bfloat16 rounds at the noise's height"
    )


Network = Callable[[Tensor], Tensor]

Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class Place:
    """A device, and the precision that networks compute in there.

    Parameters
    ----------
    device : torch.device
        CPU or CUDA.
    dtype : torch.dtype
        float32 or bfloat16 (autocast).
    """

    device: torch.device
    dtype: torch.dtype

    @staticmethod
    def of(device: Device = "auto", precision: Precision = "auto") -> Place:
        """Choose; ``auto``: CUDA where there is one, bfloat16 where the hardware has it.

        Raises
        ------
        StageError
            If CUDA is asked for and there is none.
        """
        if device == "cuda" and not torch.cuda.is_available():
            raise StageError("There is no CUDA device here; set device to 'auto' or 'cpu'.")
        name = device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
        half = precision == "bfloat16" or (precision == "auto" and _has_bfloat16(name))
        return Place(torch.device(name), torch.bfloat16 if half else torch.float32)

    @property
    def threads(self) -> int:
        """Pieces of work that run side by side here: one on a GPU, the thread budget on a CPU."""
        return 1 if self.device.type == "cuda" else thread_budget()

    def ready(self, network: Module) -> Module:
        """The network there, in evaluation mode, laid out as convolutions are fastest."""
        network.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return network.eval()

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Within it networks compute in this precision, without gradients."""
        half = self.dtype is torch.bfloat16
        with torch.inference_mode(), torch.autocast(self.device.type, self.dtype, enabled=half):
            yield

    def run(self, network: Network, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network makes of a float32 array (N, C, H, W), without gradients."""
        x = torch.from_numpy(batch).to(self.device, memory_format=torch.channels_last)
        with self.computing():
            out = network(x)
        return np.asarray(out.float().contiguous().cpu().numpy())


def _has_bfloat16(device: str) -> bool:
    """Whether bfloat16 is faster than float32 there: in hardware."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())

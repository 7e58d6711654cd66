"""Sizes of the networks, as weights files state them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

STEP = 8
"""Heights and widths that the networks take are multiples of this."""


@dataclass(frozen=True)
class AeSize:
    """Size of `Ae` and `Cae`.

    Parameters
    ----------
    channels : int
        Channels of the pictures: 3 of RGB, 4 of a packed Bayer mosaic.
    """

    channels: int = 4

    @classmethod
    def checked(cls, values: object) -> Self:
        """A size from what a file says; raises `ValueError` unless all are sensible numbers."""
        names = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or set(values) != names:
            raise ValueError(f"a size needs the fields {', '.join(sorted(names))}")
        for name, value in values.items():
            most = 64 if name == "channels" else 65536
            if type(value) is not int or not 0 < value <= most:
                raise ValueError(f"{name} is a whole number from 1 to {most}, not {value!r}")
        return cls(**values)


@dataclass(frozen=True)
class MemAeSize(AeSize):
    """Size of `MemAe`.

    Parameters
    ----------
    channels : int
        Channels of the pictures.
    items : int
        Patterns in the memory.
    """

    items: int = 2000

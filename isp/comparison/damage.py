"""Ways to damage a frame, from the names of protocols or from an injector."""

from __future__ import annotations

from functools import partial

import numpy as np

from isp import protocols
from isp.bound import Stage, stage
from isp.comparison.subject import Variant
from isp.exchange import Injection
from isp.frame import RawFrame

INJECTOR = "clusters"


def variant_of(protocol: str, name: str, injector: Stage) -> Variant:
    """One way to damage a frame: an injector under the names that records give it."""
    return Variant(protocol, name, partial(_inject, injector))


def protocol_variants(name: str) -> list[Variant]:
    """The variants of a protocol, or the one of ``protocol/variant``.

    Raises
    ------
    ScenarioError
        If there is no such protocol or variant.
    """
    name, _, chosen = name.partition("/")
    protocol = protocols.load(name)
    protocol.variant(chosen)  # raises where there is none
    return [
        variant_of(name, one, stage(INJECTOR, protocol=name, variant=one))
        for one in ([chosen] if chosen else protocol.variants)
    ]


def _inject(injector: Stage, frame: RawFrame, rng: np.random.Generator) -> Injection:
    injection: Injection = injector(frame, rng)
    return injection

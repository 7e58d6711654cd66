"""Child seeds derived by name, so that adding a stage leaves the others' draws alone."""

from __future__ import annotations

import hashlib

import numpy as np


def child_rng(seed: int, *names: str | int) -> np.random.Generator:
    """A generator for one purpose of one run.

    Parameters
    ----------
    seed : int
        The run's seed.
    *names : str or int
        What the draws are for: a stage, a file, a crop's number. Any change gives other draws.
    """
    text = "\x1f".join(str(name) for name in names)
    digest = hashlib.sha256(text.encode()).digest()
    words = np.frombuffer(digest[:16], np.uint32)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(map(int, words))))

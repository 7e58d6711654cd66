"""What networks are shown: the same batch under the same number, and what teachers make of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from stages.kernels.cluster_window import CORE, RIM
from stages.learned.clusternet.inference import Engine
from stages.learned.clusternet.lessons import Lessons
from stages.learned.clusternet.network import ClusterNet, Shape
from stages.learned.clusternet.sampling import Batch, draw
from stages.learned.clusternet.teacher import TRUST, Teacher
from stages.learned.clusternet.weights import save_weights
from stages.learned.running.place import Place
from stages.learned.running.tensors import WeightsError
from stages.learned.training.pictures import Pictures

SHARES = (0.25, 0.25, 0.25, 0.25)


def pictures() -> Pictures:
    rng = np.random.default_rng(0)
    return Pictures.of([rng.integers(2000, 60000, (80, 90, 3)).astype(np.uint16)])


def lessons(teacher: Teacher | None, keep: int = 2) -> Lessons:
    return Lessons(pictures(), 3, 6, SHARES, teacher, keep)


def says(network: Any) -> Teacher:
    return Teacher(Engine((cast(ClusterNet, network),), Place.of("cpu", "float32"), twice=False))


def silent(x: Tensor, insets: Sequence[int]) -> tuple[Tensor, Tensor]:
    nothing = torch.zeros(len(x), 4, CORE, CORE)
    return nothing, nothing


def echo(x: Tensor, insets: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Says what the codes are, and that only where it is asked, as networks do."""
    parts = []
    for one, inset in zip(x[:, :4, RIM : RIM + CORE, RIM : RIM + CORE], insets, strict=True):
        asked = one[:, inset : CORE - inset, inset : CORE - inset]
        parts.append(functional.pad(asked, [inset] * 4))
    return torch.stack(parts), torch.stack(parts)


def same(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(vars(one)[name], vars(other)[name]) for name in vars(one))


def test_without_a_teacher_every_batch_is_drawn_and_aims_at_the_truth() -> None:
    some = lessons(None)
    assert same(some.batch(1), draw(pictures(), (3 << 32) + 1, 6, SHARES))
    assert not same(some.batch(0), some.batch(2))
    assert np.array_equal(some.batch(1).aim, some.batch(1).target)


def test_taught_batches_come_again_bit_by_bit() -> None:
    some, later = lessons(says(silent)), lessons(says(silent))
    first = some.batch(1)
    assert same(first, some.batch(3))
    assert same(first, later.batch(5))
    assert not same(first, some.batch(0))
    drawn = lessons(None).batch(1)
    assert first.features.dtype == np.float32
    assert np.allclose(first.features, drawn.features, rtol=1e-3, atol=1e-3)
    assert np.array_equal(first.inset, drawn.inset)


def test_the_aim_lies_between_the_truth_and_the_answer() -> None:
    batch = draw(pictures(), 5, 40, SHARES)
    taught = says(silent).teach(batch)
    assert np.allclose(taught.aim, (1 - TRUST) * batch.target)
    assert np.array_equal(taught.target, batch.target)


def test_both_looks_speak_of_the_same_pixels() -> None:
    batch = draw(pictures(), 6, 120, SHARES)
    taught = says(echo).teach(batch)
    asked = batch.weight > 0
    codes = batch.features[:, RIM : RIM + CORE, RIM : RIM + CORE, :4]
    answer = batch.target + (taught.aim - batch.target) / TRUST
    assert len(set(batch.inset.tolist())) == 3
    assert np.allclose(answer[asked], codes[asked], rtol=1e-5, atol=1e-5)
    assert np.all(taught.aim[~asked] == 0)


def test_teachers_are_read_from_files(tmp_path: Path) -> None:
    files = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    for path in files:
        save_weights(path, ClusterNet(Shape(width=16, wide_width=16)), {})
    teacher = Teacher.of(f"{files[0]}{os.pathsep}{files[1]}")
    assert teacher is not None
    assert len(teacher.engine.networks) == 2
    assert Teacher.of("") is None
    with pytest.raises(WeightsError, match="missing"):
        Teacher.of(f"{files[0]}{os.pathsep}{tmp_path / 'missing.safetensors'}")

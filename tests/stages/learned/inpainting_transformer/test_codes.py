"""Codes of windows: there and back, the same at any exposure, blind to what is unknown."""

from __future__ import annotations

import pytest
import torch

from stages.learned.inpainting_transformer.codes import encode, filled
from stages.learned.inpainting_transformer.completion import complete
from stages.learned.inpainting_transformer.network import InpaintingTransformer
from stages.learned.inpainting_transformer.shape import Shape

TOLD = Shape(
    patch=2, window=5, channels=4, width=16, blocks=1, heads=2,
    readout="own", told=True, levelled=True,
)  # fmt: skip


def windows(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(seed)
    levels = 0.05 + 0.9 * torch.rand(3, 4, 10, 10, generator=chance)
    known = (torch.rand(3, 4, 10, 10, generator=chance) > 0.3).float()
    return levels, known


@pytest.mark.parametrize("levelled", [False, True])
def test_codes_decode_to_the_levels(levelled: bool) -> None:
    levels, known = windows()
    coded = encode(levels, known, levelled)
    torch.testing.assert_close(coded.level(coded.code(levels)), levels, atol=1e-5, rtol=1e-4)
    assert torch.equal(coded.values * known, coded.code(levels) * known) or torch.allclose(
        coded.values * known, coded.code(levels) * known, atol=1e-5
    )


@pytest.mark.parametrize("levelled", [False, True])
def test_unknown_levels_have_no_effect(levelled: bool) -> None:
    levels, known = windows()
    wild = torch.where(known > 0, levels, torch.tensor(float("nan")))
    one, other = (encode(x, known, levelled) for x in (levels, wild))
    assert torch.equal(one.values, other.values)
    assert torch.equal(one.mean, other.mean)


def test_levelled_codes_do_not_depend_on_the_exposure() -> None:
    levels, known = windows()
    bright, dark = encode(levels, known, True), encode(levels / 8, known, True)
    torch.testing.assert_close(bright.values, dark.values, atol=1e-4, rtol=1e-4)
    codes = torch.zeros_like(levels)
    torch.testing.assert_close(dark.level(codes), bright.level(codes) / 8)
    torch.testing.assert_close(
        dark.deviation(codes, codes + 1), bright.deviation(codes, codes + 1) / 8
    )


def test_a_plain_fill_is_within_its_neighbours_and_exact_on_a_flat_plane() -> None:
    levels, known = windows()
    only = torch.zeros_like(known)
    only[:, :1] = known[:, :1]  # no other plane to go by
    found = filled(levels, only)[:, 0]
    seen = levels[:, 0][only[:, 0] > 0]
    assert float(found.min()) >= float(seen.min()) - 1e-6
    assert float(found.max()) <= float(seen.max()) + 1e-6
    flat = torch.full_like(levels, 0.25)
    torch.testing.assert_close(filled(flat, known), flat)


def test_planes_of_which_nothing_is_known_stay_at_the_windows_level() -> None:
    levels, known = windows()
    known[:, 2] = 0
    coded = encode(levels, known, True)
    assert bool(torch.isfinite(coded.values).all())
    whole = encode(levels, torch.zeros_like(known), True)
    assert bool((whole.values == 0).all())


def test_a_network_that_knows_nothing_yet_says_the_fill() -> None:
    levels, known = windows()
    torch.manual_seed(0)
    found = complete(InpaintingTransformer(TOLD), levels, known, torch.tensor([[7, 12]] * 3))
    coded = encode(levels, known, True)
    fill = coded.level(coded.values)[:, :, 4:6, 4:6].reshape(3, -1)
    torch.testing.assert_close(found.levels[:, 1].detach(), fill, atol=1e-5, rtol=1e-4)
    assert bool((found.deviation > 0).all())


def test_the_papers_form_hides_one_patch_after_the_other() -> None:
    levels, known = windows()
    torch.manual_seed(0)
    shape = Shape(patch=2, window=5, channels=4, width=16, blocks=1, heads=2)
    network = InpaintingTransformer(shape)
    known = torch.ones_like(known)
    both = complete(network, levels, known, torch.tensor([[3, 12]] * 3)).levels
    alone = complete(network, levels, known, torch.tensor([[12]] * 3)).levels
    torch.testing.assert_close(both[:, 1:], alone)

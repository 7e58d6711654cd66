"""Torch's number of threads, which belongs to the process and to each of its threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from stages.learned.running.threads import side_by_side, torch_threads

USUAL = 3


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(USUAL)
    yield
    torch.set_num_threads(before)


def in_a_new_thread() -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.get_num_threads).result()


def test_torch_keeps_its_threads_when_a_second_comes_while_a_first_is_inside() -> None:
    first, second = side_by_side(1), side_by_side(1)
    with ThreadPoolExecutor(1) as other:
        first.__enter__()
        other.submit(second.__enter__).result()
        first.__exit__(None, None, None)
        other.submit(second.__exit__, None, None, None).result()
        assert other.submit(torch.get_num_threads).result() == USUAL
    assert torch.get_num_threads() == in_a_new_thread() == USUAL


def test_what_is_inside_another_gives_back_that_ones_number() -> None:
    with torch_threads(1):
        with torch_threads(2):
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == USUAL

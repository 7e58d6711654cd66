"""The README of a folder names files and folders that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"`([a-z_0-9/]*[a-z_0-9]+(?:\.py|/))`")
PARTS = ("isp", "stages", "sensors", "benchmarks", "tests")
OF_USERS = {"raw/", "defects/", "bench/"}
"""Folders of data that a user brings."""


def readmes() -> list[Path]:
    """Of the project, and not of environments beside it."""
    return [
        ROOT / "README.md",
        *(one for part in PARTS for one in (ROOT / part).rglob("README.md")),
    ]


@pytest.mark.parametrize("readme", readmes(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_readme_names_is_there(readme: Path) -> None:
    named = set(NAMED.findall(readme.read_text(encoding="utf-8"))) - OF_USERS
    folders = [readme.parent, *readme.parent.relative_to(ROOT).parents]
    missing = [one for one in named if not any((ROOT / near / one).exists() for near in folders)]
    assert not missing, f"{readme.relative_to(ROOT)} names {missing}"


def test_there_are_readmes_that_name_something() -> None:
    assert sum(len(NAMED.findall(one.read_text(encoding="utf-8"))) for one in readmes()) > 100

"""Fixtures that all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Kernels compile in the first example: no deadline. Runs must repeat: no random seed, no database.
settings.register_profile("ispsim", deadline=None, derandomize=True, database=None, max_examples=50)
settings.load_profile("ispsim")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real raw frames, dark frames, defect lists and photographs."""
    places = [os.environ.get("ISPSIM_DATA"), Path(__file__).parents[1] / ".." / "shared" / "data"]
    for place in filter(None, places):
        if (Path(place) / "raw").is_dir():
            return Path(place).resolve()
    pytest.skip("no sample data: set ISPSIM_DATA to a folder with raw/, defects/ and bench/")

"""Every registered stage keeps what its kind promises."""

from typing import Any

import pytest

from isp import registry
from isp.testing import check_stage

# Stages that cannot run without being told something.
NEEDED: dict[str, dict[str, Any]] = {"clusters": {"protocol": "dynamic"}}


@pytest.mark.parametrize("name", registry.stage_names())
def test_stage_keeps_its_promises(name: str) -> None:
    check_stage(name, **NEEDED.get(name, {}))

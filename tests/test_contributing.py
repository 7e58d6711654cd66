"""The stage that CONTRIBUTING.md starts people off with keeps what its kind promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from isp import registry
from isp.testing import check_stage

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"


def test_the_stage_of_one_file_passes_the_suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_own", {})
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "mean_of_four.py").write_text(block, encoding="utf-8")
    assert registry.register_file(tmp_path / "mean_of_four.py") == ["mean_of_four"]
    check_stage("mean_of_four")

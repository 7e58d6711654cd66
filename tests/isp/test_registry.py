"""Stages of others: what is broken is said, and hides nothing."""

import logging
from importlib.metadata import EntryPoint

import pytest

from isp import registry
from isp.errors import MissingDependencyError, StageError

STAGE = """
from isp.registry import stage

@stage("level", reference="test")
def {name}(meta):
    \"\"\"Nothing.\"\"\"
"""
MODULES = {
    "plug_good": STAGE.format(name="good"),
    "plug_syntax": "def (",
    "plug_import": "from isp import no_such_name",
    "plug_inner": "import isp.no_such_module",
    "plug_needs": "import no_such_package.part",
    "plug_raises": "{}.nothing",
}


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch):
    monkeypatch.setattr(registry, "_own", {})
    registry._tables.cache_clear()
    yield
    registry._tables.cache_clear()


@pytest.fixture
def plugged(monkeypatch, tmp_path):
    """Announce the modules by entry points, two of which are broken."""
    table = {name.removeprefix("plug_"): f"{name}:good" for name in [*MODULES, "plug_gone"]}
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "plug_tables.py").write_text(
        f"def table():\n    return {table}\ndef fails():\n    raise OSError('gone.')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    values = ["plug_tables:fails", "plug_nowhere:table", "plug_tables:table"]
    points = [EntryPoint(f"p{i}", value, "ispsim.stages") for i, value in enumerate(values)]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)


def test_what_is_broken_hides_no_other_stage(plugged, caplog):
    with caplog.at_level(logging.WARNING):
        assert [one.name for one in registry.infos()] == ["good"]
    assert len(caplog.messages) == 2 + len(MODULES)
    assert "The entry point 'plug_tables:fails' gives no table: OSError: gone." in caplog.messages


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("syntax", "'plug_syntax' cannot be imported: SyntaxError"),
        ("import", "cannot import name 'no_such_name'"),
        ("inner", "No module named 'isp.no_such_module'"),
        ("gone", "No module named 'plug_gone'"),
        ("raises", "AttributeError: 'dict' object has no attribute 'nothing'"),
    ],
)
def test_a_broken_module_is_said(plugged, name, words):
    with pytest.raises(StageError, match=words):
        registry.info(name)


def test_only_a_package_that_is_not_there_is_to_be_installed(plugged):
    with pytest.raises(MissingDependencyError, match="pip install no_such_package'"):
        registry.info("needs")


def test_a_file_does_not_replace_the_stage_of_another(tmp_path):
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text(STAGE.format(name="mine"))
    second.write_text(STAGE.format(name="other") + STAGE.format(name="mine"))
    registry.register_file(first)
    mine = registry.info("mine")
    with pytest.raises(StageError, match=r"second\.py': the name 'mine' is taken .*first\.py'"):
        registry.register_file(second)
    assert registry.info("mine") is mine and "other" not in registry.stage_names()
    assert registry.register_file(first) == ["mine"]  # anew, as when a scenario is loaded again

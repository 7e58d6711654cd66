"""The folder of compiled code: another one as soon as anything that is compiled has changed."""

import os
import re
from pathlib import Path

import isp
import stages
from isp import jit

COMPILED = re.compile(r"^@(kernel|RowKernel|intrinsic)\b", re.MULTILINE)


def test_every_file_with_compiled_code_decides_on_the_folder():
    files = [path for of in (isp, stages) for path in Path(of.__file__).parent.rglob("*.py")]
    compiled = {path for path in files if COMPILED.search(path.read_text(encoding="utf-8"))}
    folders = {path.parent.name for path in compiled}
    assert {"isp", "kernels", "correction", "clusternet", "finder", "training"} <= folders
    assert compiled <= set(jit._sources())


def test_a_change_in_one_file_makes_another_folder(monkeypatch, tmp_path):
    changed = tmp_path / "callee.py"
    changed.write_text("a = 1")
    sources = [*jit._sources(), changed]
    monkeypatch.setattr(jit, "_sources", lambda: sources)
    before = jit._cache_folder()
    changed.write_text("a = 2")
    assert jit._cache_folder() != before


def test_only_folders_that_nobody_used_for_long_go(tmp_path):
    mine, recent, old, foreign = (
        tmp_path / name for name in ("numba-mine", "numba-recent", "numba-old", "thumbnails")
    )
    for folder in (mine, recent, old, foreign):
        (folder / "stages").mkdir(parents=True)
    for folder in (mine, old, foreign):
        os.utime(folder, (0, 0))
    jit._tidy(mine)
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "numba-mine",
        "numba-recent",
        "thumbnails",
    ]
    jit._tidy(recent)
    assert mine.is_dir()

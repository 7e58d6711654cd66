"""Outputs whole or not at all, and what is said before any work."""

import os

import pytest

from isp.errors import FileError
from isp.files import atomic, check_outputs


def test_an_output_has_the_mode_of_any_new_file_and_the_process_keeps_its_umask(
    tmp_path, monkeypatch
):
    before = os.umask(0o027)
    try:
        monkeypatch.setattr(os, "umask", None)  # other threads create files meanwhile
        with atomic(tmp_path / "v.txt") as temporary:
            (tmp_path / "own").touch(0o600)
            (tmp_path / "own").replace(temporary)
        (tmp_path / "w.txt").touch()
    finally:
        monkeypatch.undo()
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"v.txt": 0o640, "w.txt": 0o640}


def test_what_goes_with_an_output_is_not_replaced_either(tmp_path):
    out, beside = tmp_path / "v.npy", tmp_path / "v.png"
    check_outputs(out, beside, force=False)
    beside.write_bytes(b"precious")
    with pytest.raises(FileError, match=r"v\.png', which goes with '.*v\.npy', already exists"):
        check_outputs(out, beside, force=False)
    check_outputs(out, beside, force=True)


def test_two_outputs_are_not_one_file(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(FileError, match="written twice"):
        check_outputs(tmp_path / "v.npy", tmp_path / "link" / "v.npy", force=True)


@pytest.mark.parametrize(
    ("name", "words"), [("a.txt/b/c.npy", r"a\.txt' is a file"), ("n" * 300, "too long")]
)
def test_a_place_that_cannot_be_is_said(tmp_path, name, words):
    (tmp_path / "a.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(FileError, match=f"Cannot write .*{words}"):
            check_outputs(tmp_path / name, force=force)
